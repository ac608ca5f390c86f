"""From the excerpt of a circuit to what is drawn: names, rows of sites, columns of positions, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer_engine.circuits.circuit import Circuit, Node
from explorer_engine.circuits.comparison import Side
from explorer_engine.drawing.html import plain
from explorer_engine.drawing.layout import Box, lanes_for, place
from explorer_engine.drawing.text import num
from explorer_engine.drawing.tokens import show
from explorer_engine.sites import OUTPUT, FeatureRef

__all__ = ["METRICS", "Drawing", "Lane", "Line", "Mark", "Row", "draw", "plain_name", "rows_of"]

METRICS = {
    "logit-diff": "logit(patch answer) − logit(clean answer)",
    "log-prob": "−log p(answer)",
    "logit": "−logit(answer)",
    "probe-logit": "the probe’s logit, signed by the label",
}
"""Metric's name in the store → what it is."""
Kind = Literal["feature", "error", "y"]

_LONGEST = 168.0
_MOST_COLUMNS = 18
"""Above this many positions the columns without a node are left out."""


@dataclass(frozen=True)
class Mark:
    """A node as drawn."""

    id: str
    label: str
    title: str
    """What the tooltip and a screen reader say; lines separated by newlines."""
    kind: Kind
    effect: float
    mono: bool
    """The label is tokens, not words."""
    x: float
    row: int
    lane: int
    side: Side | None = None
    """In the drawing of two circuits: which of them has it."""
    balance: float | None = None
    """There, of a node that both have: the first circuit's part of the two shares of effect."""


@dataclass(frozen=True)
class Line:
    """An edge as drawn, from below to above."""

    source: str
    target: str
    weight: float
    side: Side | None = None


@dataclass(frozen=True)
class Row:
    """A row: one site, or the output on top."""

    name: str
    layer: int
    """Layers are banded; −1 for `embed`, one more than the last for the output."""


@dataclass(frozen=True)
class Lane:
    """A column: one token position, or everything when positions are summed."""

    low: float
    high: float
    title: str


@dataclass(frozen=True)
class Drawing:
    """All that the browser needs, rows from the bottom up."""

    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    lanes: tuple[Lane, ...]
    title: str
    """Of the picture when it is saved."""


def plain_name(node: Node, label: str | None, top_tokens: Sequence[str]) -> str:
    """A node's name as plain text: its label, else its top tokens, else its number."""
    if label:
        return plain(label)
    if node.is_error:
        return f"error of {node.site}"
    words = [show(t[1:] if t.startswith(" ") and len(t) > 1 else t) for t in top_tokens[:3]]
    return plain(" ".join(words)) or str(node.feature)


def rows_of(nodes: Sequence[Node]) -> tuple[Row, ...]:
    """One row a site met in `nodes`, shallowest first, and the output."""
    sites = sorted({node.site for node in nodes})
    top = max((site.layer for site in sites), default=0) + 1
    return (*(Row(str(site), site.layer) for site in sites), Row(OUTPUT, top))


def draw(
    part: Circuit,
    rows: Sequence[Row],
    labels: Mapping[str, str],
    top_tokens: Mapping[FeatureRef, Sequence[str]],
    output: str,
    tokens: Sequence[str] | None = None,
    title: str = "",
) -> Drawing:
    """Lay the excerpt out in `rows`; `labels` by feature name (`resid_3/12`), `output` names the top node.

    A feature without a label is named by its `top_tokens`.

    With `tokens` (one example's) nodes stand in the column of their position; without, in one column.
    """
    row_of = {row.name: i for i, row in enumerate(rows)}
    columns = _columns(part.nodes, tokens)
    lane_of: dict[int | None, int] = {position: i for i, position in enumerate(columns)}
    last = max(0, len(columns) - 1)
    boxes: list[Box] = []
    marks: list[tuple[str, str, str, Kind, float, bool, int]] = []
    for node in part.nodes:
        label = plain_name(node, labels.get(str(node.ref)), top_tokens.get(node.ref, ()))
        mono = not node.is_error and str(node.ref) not in labels
        wide = 18.0 if node.is_error else _wide(label, mono)
        lane = lane_of.get(node.position, last)
        boxes.append(Box(node.id, row_of[str(node.site)], wide, lane, hint=-node.effect))
        kind: Kind = "error" if node.is_error else "feature"
        tooltip = f"{label}\n{node.id}   effect {num(node.effect, True)}"
        marks.append((node.id, label, tooltip, kind, node.effect, mono, lane))
    name = plain(output)
    boxes.append(Box(OUTPUT, row_of[OUTPUT], _wide(name, mono=False), last))
    marks.append((OUTPUT, name, name, "y", 0.0, False, last))
    titles = [plain(show(tokens[p].removeprefix(" ") or " ")) for p in columns] if tokens else []
    bounds = lanes_for(boxes, [7.0 * len(t) for t in titles]) if columns else ((0.0, 1.0),)
    places = place(boxes, [(e.source, e.target, abs(e.weight) ** 0.5) for e in part.edges], bounds)
    return Drawing(
        tuple(
            Mark(id, label, title, kind, effect, mono, places[id].x, places[id].row, lane)
            for id, label, title, kind, effect, mono, lane in marks
        ),
        tuple(Line(e.source, e.target, e.weight) for e in part.edges),
        tuple(rows),
        tuple(Lane(low, high, title) for (low, high), title in zip(bounds, titles or [""], strict=True)),
        plain(title),
    )


def _wide(label: str, mono: bool) -> float:
    """About how many pixels a label takes."""
    return min(_LONGEST, (6.9 if mono else 6.4) * len(label) + 16)


def _columns(nodes: Sequence[Node], tokens: Sequence[str] | None) -> list[int]:
    """Positions that get a column, in order; none when the positions are not drawn."""
    if tokens is None:
        return []
    used = {node.position for node in nodes if node.position is not None} & set(range(len(tokens)))
    if len(tokens) <= _MOST_COLUMNS:
        return list(range(len(tokens)))
    return sorted(used | {len(tokens) - 1})

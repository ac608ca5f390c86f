"""From the excerpt of a circuit to what is drawn: names, rows of sites, columns of positions, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.shared.layout import Box, lanes_for, place
from app.shared.text import num, plain
from app.shared.tokens import show
from explorer_engine.circuits.excerpt import Excerpt
from explorer_engine.sites import Site
from explorer_engine.store.values import CircuitNode

__all__ = ["Drawing", "Lane", "Line", "Mark", "Row", "draw", "plain_name", "rows_of"]

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


@dataclass(frozen=True)
class Line:
    """An edge as drawn, from below to above."""

    source: str
    target: str
    weight: float


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
    about: str


def plain_name(node: CircuitNode, label: str | None) -> str:
    """A node's name as plain text: its label, else its top tokens, else its site and number."""
    if label:
        return plain(label)
    if node.is_error:
        return f"error of {node.site}"
    words = [show(t[1:] if t.startswith(" ") and len(t) > 1 else t) for t in node.tokens[:3]]
    return plain(" ".join(words)) or node.id


def rows_of(nodes: Sequence[CircuitNode]) -> tuple[Row, ...]:
    """One row a site met in `nodes`, shallowest first, and the output."""
    sites = sorted({node.site for node in nodes if node.site is not None})
    top = max((site.layer for site in sites), default=0) + 1
    return (*(Row(str(site), site.layer) for site in sites), Row("y", top))


def draw(
    part: Excerpt,
    rows: Sequence[Row],
    labels: Mapping[str, str],
    output: str,
    tokens: Sequence[str] | None = None,
    about: str = "",
) -> Drawing:
    """Lay the excerpt out in `rows`; `labels` by feature name (`resid_3/12`), `output` names the top node.

    With `tokens` (one example's) nodes stand in the column of their position; without, in one column.
    """
    row_of = {row.name: i for i, row in enumerate(rows)}
    columns = _columns(part.nodes, tokens)
    lane_of: dict[int | None, int] = {position: i for i, position in enumerate(columns)}
    boxes, marks = [], []
    for node in part.nodes:
        label = plain(output) if node.site is None else plain_name(node, labels.get(str(node.ref)))
        mono = node.site is not None and not node.is_error and str(node.ref) not in labels
        wide = 18.0 if node.is_error else min(_LONGEST, (6.9 if mono else 6.4) * len(label) + 16)
        lane = lane_of.get(node.position, max(0, len(columns) - 1))
        boxes.append(Box(node.id, row_of[_row_name(node.site)], wide, lane, hint=-node.effect))
        marks.append((node, label, mono, lane))
    titles = [plain(show(tokens[p].removeprefix(" ") or " ")) for p in columns] if tokens else []
    bounds = lanes_for(boxes, [7.0 * len(t) for t in titles]) if columns else ((0.0, 1.0),)
    places = place(boxes, [(e.source, e.target, abs(e.weight) ** 0.5) for e in part.edges], bounds)
    return Drawing(
        tuple(
            Mark(
                node.id,
                label,
                _title(node, label),
                "y" if node.site is None else "error" if node.is_error else "feature",
                node.effect,
                mono,
                places[node.id].x,
                places[node.id].row,
                lane,
            )
            for node, label, mono, lane in marks
        ),
        tuple(Line(e.source, e.target, e.weight) for e in part.edges),
        tuple(rows),
        tuple(Lane(low, high, title) for (low, high), title in zip(bounds, titles or [""], strict=True)),
        plain(about),
    )


def _row_name(site: Site | None) -> str:
    return "y" if site is None else str(site)


def _columns(nodes: Sequence[CircuitNode], tokens: Sequence[str] | None) -> list[int]:
    """Positions that get a column, in order; none when the positions are not drawn."""
    if tokens is None:
        return []
    used = {node.position for node in nodes if node.position is not None} & set(range(len(tokens)))
    if len(tokens) <= _MOST_COLUMNS:
        return list(range(len(tokens)))
    return sorted(used | {len(tokens) - 1})


def _title(node: CircuitNode, label: str) -> str:
    if node.site is None:
        return label
    return f"{label}\n{node.id}   effect {num(node.effect, True)}"

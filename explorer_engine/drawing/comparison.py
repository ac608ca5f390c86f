"""Two circuits as one drawing, or one of them in the rows of both; nodes and edges say which has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.comparison import ComparedNode, Comparison
from explorer_engine.circuits.templates import Column, Template
from explorer_engine.drawing.circuit import Drawing, draw, rows_of
from explorer_engine.drawing.text import num
from explorer_engine.drawing.tokens import show
from explorer_engine.sites import FeatureRef

__all__ = ["Look", "column_titles", "draw_both", "draw_one"]


@dataclass(frozen=True)
class Look:
    """What the drawings of a comparison have in common."""

    circuit: Circuit
    """Any of the two: a drawing is of nodes and edges of a circuit."""
    labels: Mapping[str, str]
    """By feature name."""
    top_tokens: Mapping[FeatureRef, Sequence[str]]
    titles: Sequence[str] | None
    """Of the columns; None when positions are summed."""


def draw_both(found: Comparison, look: Look, output: str, title: str) -> Drawing:
    """One drawing of the nodes and edges of either circuit; a node's size is its larger share."""
    nodes = [_node(n, max(n.here_share, n.there_share)) for n in found.nodes]
    edges = [Edge(e.source, e.target, max(e.here_share, e.there_share)) for e in found.edges]
    return _drawn(found, found, nodes, edges, look, output, title)


def draw_one(
    found: Comparison, side: Literal["here", "there"], look: Look, output: str, title: str
) -> Drawing:
    """The part of one circuit, in the rows of both."""
    own = found.only(side)
    nodes = [_node(n, n.here_share if side == "here" else n.there_share) for n in own.nodes]
    edges = [Edge(e.source, e.target, e.here_share if side == "here" else e.there_share) for e in own.edges]
    return _drawn(found, own, nodes, edges, look, output, title)


def column_titles(columns: Sequence[Column], here: Template, there: Template) -> tuple[str, ...]:
    """What stands under each column: the token of the examples of both, once where it is the same."""
    out = []
    for column in columns:
        found = [
            show(template.tokens[at].removeprefix(" ") or " ")
            for template, at in ((here, column.here), (there, column.there))
            if at is not None and at < len(template.tokens) and template.tokens[at]
        ]
        out.append(" · ".join(dict.fromkeys(found)))
    return tuple(out)


def _node(node: ComparedNode, share: float) -> Node:
    return Node(node.site, node.feature, node.position, share)


def _drawn(
    whole: Comparison,
    part: Comparison,
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    look: Look,
    output: str,
    title: str,
) -> Drawing:
    rows = rows_of([_node(n, 0.0) for n in whole.nodes])
    circuit = replace(look.circuit, nodes=tuple(nodes), edges=tuple(edges), tokens=None)
    drawing = draw(circuit, rows, look.labels, look.top_tokens, output, look.titles, title)
    by_id = {node.id: node for node in part.nodes}
    ends = {(edge.source, edge.target): edge for edge in part.edges}
    marks = []
    for mark in drawing.marks:
        node = by_id.get(mark.id)
        if node is not None:
            both = node.here_share + node.there_share
            mark = replace(
                mark, title=_told(mark.label, node), side=node.side,
                balance=node.here_share / both if node.side == "both" and both else None,
            )  # fmt: skip
        marks.append(mark)
    lines = tuple(replace(line, side=ends[line.source, line.target].side) for line in drawing.lines)
    return replace(drawing, marks=tuple(marks), lines=lines)


def _told(label: str, node: ComparedNode) -> str:
    effects = {"A": node.here, "B": node.there}
    said = " · ".join(f"{name} {num(e, True)}" for name, e in effects.items() if e is not None)
    return (
        f"{label}\n{node.id}\neffect in {said}"
        if node.side == "both"
        else f"{label}\n{node.id}\nonly in {said}"
    )

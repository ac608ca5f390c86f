"""A circuit as a thumbnail: the layout of the Circuit page, no labels."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.drawing import layout
from explorer_engine.drawing.bars import svg
from explorer_engine.drawing.html import Html, joined
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import CircuitGraph

__all__ = ["thumbnail"]

_NODES, _EDGES = 36, 60
"""How many of the strongest nodes and edges a thumbnail can show before it is a mat."""


def _rows(nodes: Sequence[Node]) -> dict[str, int]:
    """Row of each node: sites in order of depth from the bottom, the output on top."""
    sites = sorted({n.site for n in nodes})
    depth = {site: i for i, site in enumerate(sites)}
    return {OUTPUT: len(sites)} | {n.id: depth[n.site] for n in nodes}


def _edge(edge: Edge, ends: tuple[float, float, float, float], top: float) -> Html:
    x0, y0, x1, y1 = ends
    strength = (abs(edge.weight) / top) ** 0.5
    bend = (y0 - y1) * 0.45
    colour = "positive" if edge.weight > 0 else "negative"
    return Html(
        '<path d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}" '
        'fill="none" stroke="var(--{})" stroke-width="{:.2f}" '
        'opacity="{:.2f}"/>'
    ).format(x0, y0, x0, y0 - bend, x1, y1 + bend, x1, y1, colour, 0.7 + 2.2 * strength, 0.3 + 0.5 * strength)


def _node(node: Node, x: float, y: float) -> Html:
    colour = f"var(--{'positive' if node.effect > 0 else 'negative'})"
    if node.is_error:
        return Html('<path d="M{:.1f} {:.1f}l3.6 6h-7.2z" fill="var(--paper)" stroke="{}"/>').format(
            x, y - 3.4, colour
        )
    return Html(
        '<rect x="{:.1f}" y="{:.1f}" width="9" height="5.2" rx="1" fill="{}" '
        'stroke="var(--paper)" stroke-width=".6"/>'
    ).format(x - 4.5, y - 2.6, colour)


def _output(x: float, y: float) -> Html:
    return Html('<rect x="{:.1f}" y="{:.1f}" width="10" height="5.6" rx="1" fill="var(--ink)"/>').format(
        x - 5, y - 2.8
    )


def thumbnail(graph: CircuitGraph, w: int = 240, h: int = 190) -> Html:
    """The strongest part of a circuit as a small picture, sites from bottom to top, output on top."""
    nodes = graph.circuit.nodes[:_NODES]
    row = _rows(nodes)
    edges = [e for e in graph.circuit.edges if e.source in row and e.target in row][:_EDGES]
    if not nodes:
        return svg(w, h, "", label="empty circuit")
    boxes = [layout.Box(id, at_row, 46.0) for id, at_row in row.items()]
    places = layout.place(boxes, [(e.source, e.target, abs(e.weight)) for e in edges])
    pitch = (h - 12) / max(1, max(row.values()))
    at = {key: (6 + p.x * (w - 12), h - 6 - p.row * pitch) for key, p in places.items()}
    top = max((abs(e.weight) for e in edges), default=1.0) or 1.0
    body = [_edge(e, (*at[e.source], *at[e.target]), top) for e in reversed(edges)]
    body += [_output(*at[OUTPUT]), *(_node(n, *at[n.id]) for n in nodes)]
    return svg(w, h, joined(body), label=f"circuit of {graph.summary.n_nodes} nodes")

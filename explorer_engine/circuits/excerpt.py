"""What of a circuit is on screen: thresholds, errors, positions summed; and which thresholds to offer."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.sites import OUTPUT

__all__ = ["MOST_EDGES", "MOST_NODES", "default_threshold", "excerpt", "opening", "steps", "summed"]

MOST_NODES, MOST_EDGES = 60, 150
"""A circuit opens with at most this much of it: more cannot be read at once."""

_SERIES = (1.0, 1.4, 2.0, 3.0, 4.5, 7.0)


def summed(circuit: Circuit) -> Circuit:
    """The circuit with positions added up: effects over a feature's nodes, weights over an edge's ends.

    This is aggregation `sum` (the paper, App. A.2) restricted to the nodes and edges that the circuit keeps.
    A circuit without positions comes back as it is. Nodes and edges come strongest first.
    """
    if circuit.aggregation == "sum":
        return circuit
    name = {node.id: str(node.ref) for node in circuit.nodes} | {OUTPUT: OUTPUT}
    effect: dict[str, float] = defaultdict(float)
    first: dict[str, Node] = {}
    for node in circuit.nodes:
        effect[name[node.id]] += node.effect
        first.setdefault(name[node.id], node)
    weight: dict[tuple[str, str], float] = defaultdict(float)
    for edge in circuit.edges:
        weight[name[edge.source], name[edge.target]] += edge.weight
    return replace(
        circuit,
        nodes=tuple(Node(n.site, n.feature, None, effect[key], n.label) for key, n in first.items()),
        edges=tuple(Edge(source, target, value) for (source, target), value in weight.items()),
        aggregation="sum",
        tokens=None,
    ).strongest_first()


def excerpt(circuit: Circuit, node: float, edge: float, errors: bool = True) -> Circuit:
    """Nodes with |effect| > `node`, and edges with |weight| > `edge` between them and into the output."""
    part = circuit.restrict(
        n.id for n in circuit.nodes if abs(n.effect) > node and (errors or not n.is_error)
    )
    return replace(
        part,
        edges=tuple(e for e in part.edges if abs(e.weight) > edge),
        node_threshold=max(node, circuit.node_threshold),
        edge_threshold=max(edge, circuit.edge_threshold),
    )


def steps(sizes: Iterable[float]) -> tuple[float, ...]:
    """Round thresholds (six a decade) from one that every size passes to one that only the largest passes."""
    sizes = [abs(s) for s in sizes if s]
    if not sizes:
        return (0.0, 1.0)
    low, high = min(sizes), max(sizes)
    decades = range(math.floor(math.log10(low)) - 1, math.floor(math.log10(high)) + 1)
    values = [float(f"{digit}e{k}") for k in decades for digit in _SERIES]
    first = max(i for i, v in enumerate(values) if v < low)
    found = tuple(v for v in values[first:] if v < high)
    return found if len(found) > 1 else (values[first - 1], *found)


def default_threshold(sizes: Iterable[float], options: Sequence[float], most: int) -> float:
    """The lowest of `options` that at most `most` of `sizes` pass: as much as can still be read."""
    ordered = sorted(abs(s) for s in sizes)
    for option in options:
        if len(ordered) - bisect_right(ordered, option) <= most:
            return option
    return options[-1]


def opening(circuit: Circuit) -> tuple[tuple[float, ...], tuple[float, ...], float, float]:
    """Thresholds to offer for nodes and for edges, then those that a circuit opens with."""
    sizes = [node.effect for node in circuit.nodes]
    node_steps = steps(sizes)
    node = default_threshold(sizes, node_steps, MOST_NODES)
    edge_steps = steps(edge.weight for edge in circuit.edges)
    edge = default_threshold([e.weight for e in excerpt(circuit, node, 0).edges], edge_steps, MOST_EDGES)
    return node_steps, edge_steps, node, edge

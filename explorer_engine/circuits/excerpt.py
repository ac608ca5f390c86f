"""What of a stored circuit is on screen: thresholds, errors, positions summed, and how faithful that is."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from explorer_engine.store.values import CircuitEdge, CircuitGraph, CircuitNode, FaithfulnessPoint

__all__ = ["Excerpt", "Reading", "default_threshold", "excerpt", "reading", "steps", "summed"]

_SERIES = (1.0, 1.4, 2.0, 3.0, 4.5, 7.0)


@dataclass(frozen=True)
class Excerpt:
    """The nodes and edges that pass the thresholds, strongest first."""

    nodes: tuple[CircuitNode, ...]
    edges: tuple[CircuitEdge, ...]


@dataclass(frozen=True)
class Reading:
    """How faithful a circuit is at some node threshold, read off its sweep."""

    faithfulness: float
    completeness: float
    n_nodes: float
    """Nodes at the sites that take part in the sweep."""
    measured: bool
    """Whether this very threshold was measured; otherwise it lies between two measured ones."""


def summed(graph: CircuitGraph) -> CircuitGraph:
    """The graph with each feature's positions added up: effects over its nodes, weights over an edge's ends.

    This is aggregation `sum` (the paper, App. A.2) restricted to the nodes and edges that the circuit keeps.
    A graph without positions comes back as it is. Nodes and edges stay strongest first.
    """
    if all(node.position is None for node in graph.nodes):
        return graph
    name = {node.id: str(node.ref) if node.ref else node.id for node in graph.nodes}
    effect: dict[str, float] = defaultdict(float)
    first: dict[str, CircuitNode] = {}
    for node in graph.nodes:
        effect[name[node.id]] += node.effect
        first.setdefault(name[node.id], node)
    weight: dict[tuple[str, str], float] = defaultdict(float)
    for edge in graph.edges:
        weight[name[edge.source], name[edge.target]] += edge.weight
    nodes = [replace(first[key], id=key, position=None, effect=value) for key, value in effect.items()]
    edges = [CircuitEdge(source, target, value) for (source, target), value in weight.items()]
    return CircuitGraph(
        graph.summary,
        tuple(sorted(nodes, key=lambda n: (-abs(n.effect), n.id))),
        tuple(sorted(edges, key=lambda e: (-abs(e.weight), e.source, e.target))),
    )


def excerpt(graph: CircuitGraph, node: float, edge: float, errors: bool = True) -> Excerpt:
    """Nodes with |effect| ≥ `node` (the output always), edges with |weight| ≥ `edge` between them."""
    nodes = tuple(
        n for n in graph.nodes if n.site is None or (abs(n.effect) >= node and (errors or not n.is_error))
    )
    kept = {n.id for n in nodes}
    edges = tuple(e for e in graph.edges if abs(e.weight) >= edge and e.source in kept and e.target in kept)
    return Excerpt(nodes, edges)


def steps(sizes: Iterable[float]) -> tuple[float, ...]:
    """Round thresholds (six a decade) from one that keeps every size to one that keeps only the largest."""
    sizes = [abs(s) for s in sizes if s]
    if not sizes:
        return (0.0, 1.0)
    low, high = min(sizes), max(sizes)
    decades = range(math.floor(math.log10(low)) - 1, math.floor(math.log10(high)) + 1)
    values = [digit * 10.0**k for k in decades for digit in _SERIES]
    below = max(v for v in values if v <= low * (1 + 1e-9))
    found = tuple(float(f"{v:.3g}") for v in values if below <= v <= high)
    return found if len(found) > 1 else (*found, float(f"{high:.3g}"))


def default_threshold(sizes: Iterable[float], options: Sequence[float], most: int) -> float:
    """The lowest of `options` that at most `most` of `sizes` pass: as much as can still be read."""
    ordered = sorted(abs(s) for s in sizes)
    for option in options:
        if len(ordered) - bisect_left(ordered, option) <= most:
            return option
    return options[-1]


def reading(points: Sequence[FaithfulnessPoint], threshold: float) -> Reading | None:
    """Faithfulness and completeness of the circuit at a node threshold; None outside the sweep's range.

    Read by threshold, not by number of nodes: a sweep may leave early layers alone and not count their nodes.
    Between two measured thresholds everything is interpolated linearly in log(threshold).
    """
    by_threshold = {p.threshold: p for p in points if p.threshold > 0}
    known = sorted(by_threshold)
    if not known or not known[0] * (1 - 1e-9) <= threshold <= known[-1] * (1 + 1e-9):
        return None
    k = min(range(len(known)), key=lambda i: abs(math.log(known[i] / threshold)))
    if math.isclose(known[k], threshold, rel_tol=1e-6):
        exact = by_threshold[known[k]]
        return Reading(exact.faithfulness, exact.completeness, exact.n_nodes, True)
    k = bisect_left(known, threshold)
    low, high = by_threshold[known[k - 1]], by_threshold[known[k]]
    t = math.log(threshold / low.threshold) / math.log(high.threshold / low.threshold)
    return Reading(
        low.faithfulness + t * (high.faithfulness - low.faithfulness),
        low.completeness + t * (high.completeness - low.completeness),
        low.n_nodes + t * (high.n_nodes - low.n_nodes),
        False,
    )

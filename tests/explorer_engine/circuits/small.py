"""A circuit of given nodes and edges; all else is made up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from explorer_engine.circuits.circuit import Circuit, Edge, Node


def circuit(nodes: Iterable[Node], edges: Iterable[Edge] = (), **changes: Any) -> Circuit:
    """Positions are resolved when the nodes have them."""
    nodes = tuple(nodes)
    given: dict[str, Any] = {
        "model": "a model",
        "dictionaries": "its dictionaries",
        "metric": "logit-diff",
        "method": {"name": "ig", "steps": 10},
        "aggregation": "sum" if all(node.position is None for node in nodes) else "none",
        "node_selection": "averaged",
        "baseline": "patch",
        "n_examples": 7,
        "node_threshold": 0.01,
        "edge_threshold": 0.001,
        "provenance": {"sign": "positive: more of it"},
    }
    return Circuit(nodes, tuple(edges), **given | changes)

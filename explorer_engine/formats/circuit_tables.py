"""Circuits for everyone else: GraphML, and two tables as CSV."""

from __future__ import annotations

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.formats.spreadsheet import to_csv

__all__ = ["edges_csv", "graphml", "nodes_csv"]


def graphml(circuit: Circuit) -> str:
    """The graph of `Circuit.networkx` as GraphML; what a node does not have it does not say."""
    import networkx as nx

    graph = circuit.networkx()
    for _, values in graph.nodes(data=True):
        for name in [name for name, value in values.items() if value is None]:
            del values[name]
        if "feature" in values:
            values["feature"] = str(values["feature"])
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def nodes_csv(circuit: Circuit) -> str:
    """One line a node: id, site, feature, position, token, effect, label."""
    tokens = circuit.tokens
    return to_csv(
        ("id", "site", "feature", "position", "token", "effect", "label"),
        (
            (
                node.id, str(node.site), node.feature, node.position,
                None if tokens is None or node.position is None else tokens[node.position],
                node.effect, node.label,
            )
            for node in circuit.nodes
        ),
    )  # fmt: skip


def edges_csv(circuit: Circuit) -> str:
    """One line an edge: source, target (`y` is the output), weight."""
    return to_csv(
        ("source", "target", "weight"), ((edge.source, edge.target, edge.weight) for edge in circuit.edges)
    )

"""What the Circuit page hands out as a file: the circuit on screen, or the whole one, as circuit JSON."""

from __future__ import annotations

import json

from app import world
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.excerpt import Excerpt
from explorer_engine.formats.circuit_json import circuit_to_json
from explorer_engine.store.values import CircuitGraph

__all__ = ["circuit_json"]


def circuit_json(graph: CircuitGraph, part: Excerpt | None, thresholds: tuple[float, float]) -> str:
    """Circuit JSON v1 of the excerpt on screen, with its thresholds; `part` None = the whole circuit."""
    s, facts = graph.summary, world.store().start.world()
    shown = graph if part is None else part
    resolved = any(n.position is not None for n in graph.nodes)
    node, edge = (s.node_threshold, s.edge_threshold) if part is None else thresholds
    circuit = Circuit(
        tuple(
            Node(n.site, "error" if n.feature is None else n.feature, n.position, n.effect)
            for n in shown.nodes
            if n.site is not None
        ),
        tuple(Edge(e.source, e.target, e.weight) for e in shown.edges),
        model=facts.model,
        dictionaries=facts.title,
        metric=s.metric,
        method={"name": s.method, "steps": s.steps},
        aggregation="none" if resolved else "sum",
        node_selection=s.node_selection,  # type: ignore[arg-type]
        baseline=s.baseline,  # type: ignore[arg-type]
        n_examples=s.n_examples,
        node_threshold=node,
        edge_threshold=edge,
        data={"circuit": s.id, "title": s.title},
        tokens=s.tokens if resolved else None,
        provenance={"sign": s.sign},
    )
    return json.dumps(circuit_to_json(circuit), ensure_ascii=False, indent=1)

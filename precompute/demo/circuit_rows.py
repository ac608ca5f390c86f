"""Circuits and their faithfulness as rows of the artefact store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer_engine.attribution.averages import AverageEffects
from explorer_engine.circuits.circuit import OUTPUT, Circuit
from explorer_engine.circuits.faithfulness import Ablation, FaithfulnessRow, sweep
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.store import shards

__all__ = ["NODE_COUNTS", "CircuitEntry", "sweep_counts", "write_circuits"]

NODE_COUNTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 600)
"""Sizes at which faithfulness is measured."""


@dataclass(frozen=True, eq=False)
class CircuitEntry:
    """A circuit with what the store keeps beside it."""

    id: str
    title: str
    kind: str
    """`behaviour`, `agreement` or `classifier`."""
    circuit: Circuit
    behaviour: int | None = None
    task: str | None = None
    example: Mapping[str, Any] | None = None
    faithfulness: Mapping[str, Sequence[FaithfulnessRow]] | None = None
    """By unit: `features`, `neurons`."""


def sweep_counts(
    model: LanguageModel,
    dictionaries: Dictionaries,
    averages: AverageEffects,
    examples: Examples,
    *,
    counts: Iterable[int] = NODE_COUNTS,
    start_layer: int = 1,
    ablation: Ablation = "mean",
    metric: str | None = None,
) -> list[FaithfulnessRow]:
    """Faithfulness of the `counts` strongest nodes of the layers from `start_layer` on, by growing size."""
    taking_part = replace(
        averages, tables={s: t for s, t in averages.tables.items() if s.layer >= start_layer}
    )
    total = taking_part.count(0.0)
    thresholds = [taking_part.threshold_for(n) for n in counts if n <= total]
    return sweep(
        model,
        dictionaries,
        taking_part,
        examples,
        thresholds,
        ablation=ablation,
        start_layer=start_layer,
        metric=metric,
    )


def write_circuits(entries: Sequence[CircuitEntry], target: Path, shard: str) -> None:
    """Shards of `circuit`, `circuit_node`, `circuit_edge` and `faithfulness`."""
    shards.write(target, "circuit", (_circuit_row(e) for e in entries), shard)
    shards.write(target, "circuit_node", (row for e in entries for row in _node_rows(e)), shard)
    edges = (
        {"circuit": e.id, "source": edge.source, "target": edge.target, "weight": edge.weight}
        for e in entries
        for edge in e.circuit.edges
    )
    shards.write(target, "circuit_edge", edges, shard)
    shards.write(target, "faithfulness", (row for e in entries for row in _faithfulness_rows(e)), shard)


def _circuit_row(entry: CircuitEntry) -> dict[str, Any]:
    c = entry.circuit
    return {
        "id": entry.id,
        "title": entry.title,
        "kind": entry.kind,
        "behaviour": entry.behaviour,
        "task": entry.task,
        "metric": c.metric,
        "sign": c.sign,
        "method": c.method["name"],
        "steps": c.method.get("steps"),
        "baseline": c.baseline,
        "aggregation": c.aggregation,
        "node_selection": c.node_selection,
        "node_threshold": c.node_threshold,
        "edge_threshold": c.edge_threshold,
        "n_examples": c.n_examples,
        "tokens": c.tokens,
        "example": entry.example,
    }


def _node_rows(entry: CircuitEntry) -> Iterable[dict[str, Any]]:
    for node in entry.circuit.nodes:
        yield {
            "circuit": entry.id,
            "id": node.id,
            "site": str(node.site),
            "feature": None if node.is_error else node.feature,
            "position": node.position,
            "effect": node.effect,
        }
    yield {"circuit": entry.id, "id": OUTPUT, "site": OUTPUT, "effect": 0.0}


def _faithfulness_rows(entry: CircuitEntry) -> Iterable[dict[str, Any]]:
    for unit, rows in (entry.faithfulness or {}).items():
        for row in rows:
            yield {"circuit": entry.id, "unit": unit, **vars(row)}

"""A comparison of two circuits as JSON: what is compared and how, the overlap, nodes and edges of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from explorer_engine.circuits.comparison import Comparison
from explorer_engine.circuits.templates import Column
from explorer_engine.store.values import CircuitSummary

__all__ = ["comparison_to_json"]

FORMAT = "circuit-comparison"
_MEANINGS = {
    "effects": "positive: it supports the answer, or the classifier's right class",
    "shares": "|effect| (or |weight|) over the sum of all in that circuit",
    "features": "common features / features in either, SAE errors left out, positions summed",
    "shared": "common features / features of the larger circuit",
    "weighted": "sum over common features of the smaller share of the two, opposite signs counting 0",
}


def comparison_to_json(
    here: CircuitSummary,
    there: CircuitSummary,
    found: Comparison,
    labels: Mapping[str, str],
    columns: Sequence[Column] | None,
    drawn: Mapping[str, object],
    on: date,
) -> dict[str, Any]:
    """Plain values, ready for `json.dump`; `drawn` says what of it was on screen, `on` when it was written.

    With `columns` a node's position is the number of a column.
    """
    overlap = found.overlap
    return {
        "format": FORMAT,
        "version": 1,
        "date": on.isoformat(),
        "meanings": _MEANINGS,
        "here": _head(here),
        "there": _head(there),
        "drawn": dict(drawn),
        "overlap": asdict(overlap)
        | {"either": overlap.either, "features": overlap.features, "shared": overlap.shared},
        "columns": None if columns is None else [asdict(column) for column in columns],
        "nodes": [
            {
                "id": n.id, "site": str(n.site), "feature": n.feature, "position": n.position,
                "label": labels.get(n.ref), "in": n.side, "here": n.here, "there": n.there,
                "here_share": n.here_share, "there_share": n.there_share,
            }
            for n in found.nodes
        ],
        "edges": [{**asdict(edge), "in": edge.side} for edge in found.edges],
    }  # fmt: skip


def _head(summary: CircuitSummary) -> dict[str, Any]:
    said = (
        "id",
        "title",
        "kind",
        "metric",
        "sign",
        "baseline",
        "node_threshold",
        "edge_threshold",
        "n_examples",
    )
    return {name: getattr(summary, name) for name in said}

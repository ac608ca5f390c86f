"""Circuit JSON version 1: reading and writing circuits as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from explorer_engine.attribution.choices import Aggregation
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.sites import ERROR, Site

__all__ = ["FORMAT", "circuit_from_json", "circuit_to_json", "read_circuit", "write_circuit", "write_json"]

FORMAT = "circuit-explorer/circuit"
VERSION = 1
_META = (
    "model",
    "dictionaries",
    "data",
    "metric",
    "method",
    "aggregation",
    "n_examples",
    "node_threshold",
    "edge_threshold",
    "node_selection",
    "baseline",
)


def circuit_to_json(circuit: Circuit) -> dict[str, Any]:
    """The circuit as plain values, ready for `json.dump`."""
    return {
        "format": FORMAT,
        "version": VERSION,
        **{name: getattr(circuit, name) for name in _META},
        "tokens": None if circuit.tokens is None else list(circuit.tokens),
        "nodes": [
            {
                "id": node.id,
                "site": str(node.site),
                "feature": node.feature,
                "position": node.position,
                "effect": node.effect,
                "label": node.label,
            }
            for node in circuit.nodes
        ],
        "edges": [{"source": e.source, "target": e.target, "weight": e.weight} for e in circuit.edges],
        "provenance": circuit.provenance,
    }


def circuit_from_json(values: Any, name: str = "circuit") -> Circuit:
    """The inverse; raises InputError that names `name` and the first thing that is not as it must be."""
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise InputError(
            f"{name}: not a circuit file (format is not {FORMAT!r}): make one with precompute circuit"
        )
    if values.get("version") != VERSION:
        raise InputError(f"{name}: circuit version {values.get('version')!r}, this program reads {VERSION}")
    if missing := [key for key in (*_META, "nodes", "edges") if key not in values]:
        raise InputError(f"{name}: {missing[0]!r} is missing from the circuit file: make it again")
    if values["aggregation"] not in get_args(Aggregation):
        raise InputError(f"{name}: aggregation {values['aggregation']!r}: expected none or sum")
    for key in ("node_threshold", "edge_threshold"):
        if not isinstance(values[key], (int, float)) or not values[key] >= 0:
            raise InputError(f"{name}: {key} is {values[key]!r}, not a number of 0 or more: make it again")
    try:
        nodes = tuple(_node(item) for item in values["nodes"])
        edges = tuple(Edge(str(e["source"]), str(e["target"]), float(e["weight"])) for e in values["edges"])
        tokens = values.get("tokens")
        if any((node.position is None) != (values["aggregation"] == "sum") for node in nodes):
            raise InputError("nodes have a position with the aggregation none, and only then: make it again")
        return Circuit(
            nodes=nodes,
            edges=edges,
            tokens=None if tokens is None else tuple(map(str, tokens)),
            provenance=dict(values.get("provenance") or {}),
            **{key: values[key] for key in _META},
        )
    except InputError as problem:
        raise InputError(f"{name}: {problem}") from None
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError(f"{name}: a node or an edge is damaged ({problem!r}): make the file again") from None


def _node(item: dict[str, Any]) -> Node:
    feature = item["feature"] if item["feature"] == ERROR else int(item["feature"])
    position = item.get("position")
    node = Node(
        Site.parse(item["site"]),
        feature,
        None if position is None else int(position),
        float(item["effect"]),
        item.get("label"),
    )
    if min(0 if feature == ERROR else feature, node.position or 0) < 0:
        raise InputError(f"node {node.id}: feature and position count from 0: make it again")
    if item.get("id", node.id) != node.id:
        raise InputError(f"node id {item['id']!r} does not fit its site, feature and position ({node.id})")
    return node


def write_circuit(circuit: Circuit, path: str | Path) -> None:
    """Write a circuit file, whole or not at all; raises InputError for a place that cannot be written."""
    write_json(circuit_to_json(circuit), path)


def write_json(values: Any, path: str | Path) -> None:
    """Write plain values beside `path` and rename; raises InputError for a place that cannot be written."""
    path = Path(path)
    text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        with whole(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}: choose another place to write") from None


def read_circuit(path: str | Path) -> Circuit:
    """Read a circuit file.

    Raises InputError for a file that is not there, not JSON, or not a circuit of this version.
    """
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}: make it with precompute circuit") from None
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: not JSON ({problem}): make it again") from None
    return circuit_from_json(values, str(path))

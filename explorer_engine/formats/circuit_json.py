"""Circuit JSON version 2: reading and writing circuits as files; version 1 is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.errors import InputError
from explorer_engine.files import check_readable, whole
from explorer_engine.formats.circuit_head import head_from_json, head_to_json
from explorer_engine.formats.fields import entries, number, text, whole_number
from explorer_engine.sites import ERROR, Site, any_site

__all__ = ["circuit_from_json", "circuit_to_json", "read_circuit", "read_json", "write_circuit", "write_json"]


def circuit_to_json(circuit: Circuit) -> dict[str, Any]:
    """The circuit as plain values, ready for `json.dump`."""
    return {
        **head_to_json(circuit),
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
    }


def circuit_from_json(values: Any, name: str = "circuit") -> Circuit:
    """The inverse; raises InputError that names `name` and the first thing that is not as it must be."""
    head = head_from_json(values, name)
    if missing := [key for key in ("nodes", "edges") if key not in values]:
        raise InputError(f"{name}: {missing[0]!r} is missing from the circuit file: make it again")
    nodes = [
        _node(item, f"{name}: nodes[{i}]")
        for i, item in enumerate(entries(values["nodes"], f"{name}: nodes"))
    ]
    ids = {node.id: node.id for node in nodes}
    edges = [
        _edge(item, ids, f"{name}: edges[{i}]")
        for i, item in enumerate(entries(values["edges"], f"{name}: edges"))
    ]
    check_positions(nodes, head, name)
    try:
        return Circuit(nodes=tuple(nodes), edges=tuple(edges), **head)
    except InputError as problem:
        raise InputError(f"{name}: {problem}: make it again") from None


def check_positions(nodes: list[Node], head: dict[str, Any], name: str) -> None:
    """Raises InputError for positions that a circuit of this head cannot have."""
    n_tokens = None if head["tokens"] is None else len(head["tokens"])
    for node in nodes:
        if (node.position is None) != (head["aggregation"] == "sum"):
            raise InputError(
                f"{name}: node {node.id}: nodes have a position with the aggregation none, and only then: "
                "make it again"
            )
        if node.position is not None and n_tokens is not None and node.position >= n_tokens:
            raise InputError(f"{name}: node {node.id} stands behind the {n_tokens} tokens: make it again")


def _node(item: Any, where: str) -> Node:
    if not isinstance(item, dict) or not {"site", "feature", "effect"} <= item.keys():
        raise InputError(f"{where} is damaged, a node has a site, a feature and an effect: make it again")
    site, feature, position = text(item["site"], f"{where}.site"), item["feature"], item.get("position")
    label = item.get("label")
    node = Node(
        _site(site, f"{where}.site"),
        ERROR if feature == ERROR else whole_number(feature, f"{where}.feature"),
        None if position is None else whole_number(position, f"{where}.position"),
        number(item["effect"], f"{where}.effect"),
        None if label is None else text(label, f"{where}.label"),
    )
    if item.get("id", node.id) != node.id:
        raise InputError(f"{where}: id {str(item['id'])[:60]!r} does not fit what it is of ({node.id})")
    return node


def _site(name: str, where: str) -> Site:
    try:
        return any_site(name)
    except InputError as problem:
        raise InputError(f"{where}: {problem}") from None


def _edge(item: Any, ids: Mapping[str, str], where: str) -> Edge:
    """Of the many edges of a node, all hold the one text that is its id."""
    if not isinstance(item, dict) or not {"source", "target", "weight"} <= item.keys():
        raise InputError(f"{where} is damaged, an edge has a source, a target and a weight: make it again")
    source, target = (text(item[end], f"{where}.{end}") for end in ("source", "target"))
    return Edge(ids.get(source, source), ids.get(target, target), number(item["weight"], f"{where}.weight"))


def write_circuit(circuit: Circuit, path: str | Path) -> None:
    """Write a circuit file, whole or not at all; raises InputError for a place that cannot be written."""
    write_json(circuit_to_json(circuit), path)


def write_json(values: Any, path: str | Path) -> None:
    """Write plain values beside `path` and rename; raises InputError for a place that cannot be written."""
    path = Path(path)
    written = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        with whole(path) as partial:
            partial.write_text(written + "\n", encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}: choose another place to write") from None


def read_circuit(path: str | Path) -> Circuit:
    """Read a circuit file.

    Raises InputError for a file that is not there, not JSON, or not a circuit of a version known here.
    """
    return circuit_from_json(read_json(Path(path)), str(path))


def read_json(path: Path) -> Any:
    """What a JSON file holds; raises InputError for one that is not there or not JSON."""
    try:
        return json.loads(check_readable(path).read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}: make it with precompute circuit") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: not JSON ({problem}): make it again") from None

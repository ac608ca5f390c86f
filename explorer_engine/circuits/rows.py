"""Circuits as rows of the artefact store, and back: head, nodes, edges, faithfulness curves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.curve import Curve, FaithfulnessPoint, Sweep
from explorer_engine.sites import ERROR, OUTPUT, Site

__all__ = ["CircuitEntry", "circuit_of", "curves_of", "from_rows", "to_rows"]

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CircuitEntry:
    """A circuit with what the store keeps beside it."""

    id: str
    title: str
    kind: str
    """`contrast`, `behaviour` or `classifier`."""
    circuit: Circuit
    behaviour: int | None = None
    task: str | None = None
    example: Mapping[str, Any] | None = None
    """{"clean": […], "patch": […], "answers": […]}: token texts shown beside the drawing."""
    faithfulness: Mapping[Sweep, Curve] = field(default_factory=dict)
    summed_of: str | None = None
    """Of a circuit with positions summed: id of the one of the same effects with positions apart."""


def to_rows(entries: Iterable[CircuitEntry]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table: `circuit`, `circuit_node`, `circuit_edge`, `faithfulness`.

    Model and dictionaries are not among them: they are the world's.
    """
    entries = list(entries)
    return {
        "circuit": [_head(entry) for entry in entries],
        "circuit_node": [row for entry in entries for row in _node_rows(entry)],
        "circuit_edge": [
            {"circuit": entry.id, **asdict(edge)} for entry in entries for edge in entry.circuit.edges
        ],
        "faithfulness": [
            {"circuit": entry.id, **asdict(sweep), **asdict(point)}
            for entry in entries
            for sweep, curve in entry.faithfulness.items()
            for point in curve
        ],
    }


def from_rows(tables: Mapping[str, Sequence[Row]]) -> list[CircuitEntry]:
    """The inverse of `to_rows`, in the order of the heads, which say `model` and `dictionaries` besides."""

    def own(table: str, id: str) -> list[Row]:
        return [row for row in tables.get(table, ()) if row["circuit"] == id]

    return [
        CircuitEntry(
            id=head["id"],
            title=head["title"],
            kind=head["kind"],
            circuit=circuit_of(head, own("circuit_node", head["id"]), own("circuit_edge", head["id"])),
            behaviour=head.get("behaviour"),
            task=head.get("task"),
            example=_parsed(head.get("example")),
            faithfulness=curves_of(own("faithfulness", head["id"])),
            summed_of=head.get("summed_of"),
        )
        for head in tables["circuit"]
    ]


def circuit_of(head: Row, nodes: Iterable[Row], edges: Iterable[Row]) -> Circuit:
    """A circuit from its row and those of its nodes and edges, in their order."""
    tokens = head.get("tokens")
    return Circuit(
        nodes=tuple(_node(row) for row in nodes if row["site"] != OUTPUT),
        edges=tuple(Edge(row["source"], row["target"], row["weight"]) for row in edges),
        model=head.get("model") or "",
        dictionaries=head.get("dictionaries") or "",
        metric=head["metric"],
        method=_method(head),
        aggregation=head["aggregation"],
        node_selection=head["node_selection"],
        baseline=head["baseline"],
        n_examples=head["n_examples"],
        node_threshold=head["node_threshold"],
        edge_threshold=head["edge_threshold"],
        data=_parsed(head.get("data")) or {},
        tokens=None if tokens is None else tuple(tokens),
        provenance=_parsed(head.get("provenance")) or {"sign": head["sign"]},
    )


def curves_of(rows: Iterable[Row]) -> dict[Sweep, Curve]:
    """Faithfulness curves of one circuit by sweep in the sweeps' order, points in the order of the rows."""
    found: dict[Sweep, list[FaithfulnessPoint]] = {}
    for row in rows:
        point = FaithfulnessPoint(**_named(row, FaithfulnessPoint))
        found.setdefault(Sweep(**_named(row, Sweep)), []).append(point)
    return {sweep: tuple(found[sweep]) for sweep in sorted(found)}


def _named(row: Row, kind: type) -> dict[str, Any]:
    """The columns that are fields of a dataclass."""
    return {f.name: row[f.name] for f in fields(kind)}


def _head(entry: CircuitEntry) -> dict[str, Any]:
    c = entry.circuit
    return {
        "id": entry.id,
        "title": entry.title,
        "kind": entry.kind,
        "behaviour": entry.behaviour,
        "task": entry.task,
        "summed_of": entry.summed_of,
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
        "rule": c.method.get("rule"),
        "data": c.data or None,
        "provenance": c.provenance or None,
        "example": entry.example,
    }


def _parsed(value: Any) -> Any:
    """A JSON column as it was written; a query answers with its text."""
    return json.loads(value) if isinstance(value, str) else value


def _method(head: Row) -> dict[str, Any]:
    parts = {"name": head["method"], "steps": head.get("steps"), "rule": head.get("rule")}
    return {name: value for name, value in parts.items() if value is not None}


def _node_rows(entry: CircuitEntry) -> Iterator[dict[str, Any]]:
    """A row a node, an error's `feature` NULL, and one for the output."""
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


def _node(row: Row) -> Node:
    feature = ERROR if row.get("feature") is None else row["feature"]
    return Node(Site.parse(row["site"]), feature, row.get("position"), row["effect"])

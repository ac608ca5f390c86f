"""Circuits go into rows and come back as they were."""

from __future__ import annotations

import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.curve import FaithfulnessPoint
from explorer_engine.circuits.rows import CircuitEntry, from_rows, to_rows
from explorer_engine.sites import OUTPUT, Site

CURVE = (
    FaithfulnessPoint(0.1, 3, 1, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25),
    FaithfulnessPoint(0.05, 9, 2, 4.0, 0.0, 4.0, 0.0, 1.0, 0.0),
)


def entry(aggregation: str, **changes) -> CircuitEntry:
    at = None if aggregation == "sum" else 1
    nodes = (Node(Site("embed", -1), 3, at, 0.5), Node(Site("resid", 0), "error", at, -0.75))
    circuit = Circuit(
        nodes=nodes,
        edges=(Edge(nodes[0].id, nodes[1].id, 0.25), Edge(nodes[1].id, OUTPUT, -0.75)),
        model="",
        dictionaries="",
        metric="logit-diff",
        method={"name": "ig", "steps": 10},
        aggregation=aggregation,  # type: ignore[arg-type]
        node_selection="averaged",
        baseline="patch",
        n_examples=7,
        node_threshold=0.1,
        edge_threshold=0.01,
        tokens=None if aggregation == "sum" else ("<s>", " the"),
        provenance={"sign": "positive: more of it"},
    )
    return CircuitEntry("c-" + aggregation, "A circuit", "behaviour", circuit, **changes)


@pytest.mark.parametrize("aggregation", ["none", "sum"])
@pytest.mark.parametrize("unit", ["features", "neurons"])
def test_rows_come_back_as_the_same_circuits(aggregation, unit):
    first = entry(aggregation, behaviour=4, faithfulness={unit: CURVE})
    second = CircuitEntry("other", "Other", "classifier", first.circuit, task="job", example={"clean": ["a"]})
    assert from_rows(to_rows([first, second])) == [first, second]


def test_every_circuit_has_a_row_for_its_output_and_none_for_an_errors_index():
    nodes = to_rows([entry("sum")])["circuit_node"]
    assert [(row["id"], row.get("feature")) for row in nodes] == [
        ("embed/3", 3), ("resid_0/error", None), (OUTPUT, None),
    ]  # fmt: skip

"""Circuits go into rows, files and the store, and come back as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.curve import FaithfulnessPoint, Sweep
from explorer_engine.circuits.rows import CircuitEntry, from_rows, to_rows
from explorer_engine.formats.circuit_json import circuit_from_json, circuit_to_json
from explorer_engine.sites import OUTPUT, Site
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.circuits.small import circuit
from tests.explorer_engine.store.small_world import build, small_world

CURVE = (
    FaithfulnessPoint(0.1, 3, 1, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25),
    FaithfulnessPoint(0.05, 9, 2, 4.0, 0.0, 4.0, 0.0, 1.0, 0.0),
)


ALL = Sweep("held-out contexts")
NEURONS = Sweep("shifted pairs", start_layer=1, unit="neurons")
MODEL, DICTIONARIES = (small_world()["world"][0][name] for name in ("model", "title"))


def found(aggregation: str, **changes: object) -> Circuit:
    """A circuit with a feature and an error, its positions resolved or summed."""
    at = None if aggregation == "sum" else 1
    nodes = (Node(Site("embed", -1), 3, at, 0.5), Node(Site("resid", 0), "error", at, -0.75))
    edges = (Edge(nodes[0].id, nodes[1].id, 0.25), Edge(nodes[1].id, OUTPUT, -0.75))
    given = {
        "model": MODEL,
        "dictionaries": DICTIONARIES,
        "method": {"name": "ig", "steps": 10, "rule": "gauss"},
        "data": {"file": "pairs.jsonl", "dropped": {}},
        "provenance": {"sign": "positive: more of it", "options": {"steps": 10}, "m_clean": 0.5},
        "tokens": None if aggregation == "sum" else ("<s>", " the"),
    }
    return circuit(nodes, edges, **given | changes)


ENTRIES = (
    CircuitEntry("behaviour-0", "Summed", "behaviour", found("sum"), 0, None, None, {ALL: CURVE}),
    CircuitEntry("classifier-job-summed", "Both", "contrast", found("sum"), summed_of="classifier-job"),
    CircuitEntry(
        "classifier-job",
        "Resolved",
        "classifier",
        found("none", method={"name": "attribution"}, node_selection="per-example", baseline="zero"),
        task="job",
        example={"clean": ["<s>"], "answers": [" she"]},
        faithfulness={ALL: CURVE[:1], Sweep("held-out contexts", "remove"): CURVE[1:], NEURONS: CURVE},
    ),
)


def test_rows_come_back_as_the_same_circuits() -> None:
    tables = to_rows(ENTRIES)
    heads = [head | {"model": MODEL, "dictionaries": DICTIONARIES} for head in tables["circuit"]]
    assert from_rows({**tables, "circuit": heads}) == list(ENTRIES)


def test_a_store_answers_with_the_circuits_that_were_written(tmp_path: Path) -> None:
    store = ArtefactStore(build({**small_world(), **to_rows(ENTRIES)}, tmp_path))
    for entry in ENTRIES:
        graph = store.circuits.graph(entry.id)
        assert graph.circuit == entry.circuit.strongest_first()
        assert store.circuits.faithfulness(entry.id) == entry.faithfulness
        assert (graph.summary.title, graph.summary.n_nodes, graph.summary.n_errors) == (entry.title, 2, 1)
        assert graph.summary.example == entry.example
    both = ("classifier-job", "classifier-job-summed")
    assert [store.circuits.other(id) for id in ("behaviour-0", *both)] == [None, *both[::-1]]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_a_file_holds_what_the_store_holds(entry: CircuitEntry) -> None:
    assert circuit_from_json(json.loads(json.dumps(circuit_to_json(entry.circuit)))) == entry.circuit


def test_every_circuit_has_a_row_for_its_output_and_none_for_an_errors_index() -> None:
    nodes = to_rows(ENTRIES[:1])["circuit_node"]
    assert [(row["id"], row.get("feature")) for row in nodes] == [
        ("embed/3", 3), ("resid_0/error", None), (OUTPUT, None),
    ]  # fmt: skip

"""Circuits are told as they were written: graph, list and sweep against the small world's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.circuits.curve import Sweep
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world


def test_the_telling_circuit_is_one_of_pairs_where_there_is_one(store: ArtefactStore, tmp_path: Path) -> None:
    first = store.circuits.page(limit=1).rows[0]
    assert store.circuits.telling() == first and first.kind != "contrast"
    rows = small_world()
    (pairs,) = [{**row, "kind": "contrast"} for row in rows["circuit"] if row["id"] != first.id]
    rows["circuit"] = [row if row["id"] == first.id else pairs for row in rows["circuit"]]
    found = ArtefactStore(build(rows, tmp_path)).circuits.telling()
    assert found is not None and found.id == pairs["id"]


def test_graph_holds_nodes_and_edges_strongest_first(store: ArtefactStore) -> None:
    graph = store.circuits.graph("behaviour-0")
    assert [node.id for node in graph.circuit.nodes] == ["resid_0/3", "attn_0/error", "embed/1"]
    assert [edge.weight for edge in graph.circuit.edges] == [0.8, -0.4, 0.1]
    top, error, _ = graph.circuit.nodes
    assert (
        top.ref == FeatureRef.parse("resid_0/3")
        and graph.tokens_of(top) == (" the", " she")
        and not top.is_error
    )
    assert error.is_error and str(error.ref) == "attn_0/error" and graph.tokens_of(error) == ()
    assert (graph.summary.n_nodes, graph.summary.n_errors) == (3, 1)
    assert graph.summary.max_effect == 0.8


def test_a_graph_for_a_thumbnail_is_the_same_without_names(store: ArtefactStore) -> None:
    whole, bare = store.circuits.graph("behaviour-0"), store.circuits.graph("behaviour-0", named=False)
    assert bare.circuit == whole.circuit and bare.summary == whole.summary and not bare.top_tokens


def test_circuit_list_by_kind_and_text(store: ArtefactStore) -> None:
    assert [c.id for c in store.circuits.page().rows] == ["behaviour-0", "classifier-job"]
    assert [c.id for c in store.circuits.page(kind="classifier").rows] == ["classifier-job"]
    assert [c.id for c in store.circuits.page(text="proNoun").rows] == ["behaviour-0"]
    summary = store.circuits.summary("classifier-job")
    assert summary.tokens == ("<s>", " the") and summary.example == {
        "clean": ["<s>"],
        "answers": [" she", " he"],
    }


def test_faithfulness_sweep(store: ArtefactStore) -> None:
    curves = store.circuits.faithfulness("behaviour-0")
    assert {sweep: [(p.n_nodes, p.faithfulness) for p in curve] for sweep, curve in curves.items()} == {
        Sweep("same contexts", start_layer=0): [(3, 0.75)],
        Sweep("same contexts", start_layer=0, unit="neurons"): [(9, 0.1)],
    }
    assert store.circuits.faithfulness("classifier-job") == {}


def test_an_unknown_circuit_is_named(store: ArtefactStore) -> None:
    with pytest.raises(InputError, match="circuit 'nope'"):
        store.circuits.graph("nope")

"""Circuits as values: thresholds, top-k, the part that reaches the output, comparison, graph, file."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import networkx as nx
import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_json import (
    circuit_from_json,
    circuit_to_json,
    read_circuit,
    write_circuit,
)
from explorer_engine.sites import FeatureRef, Site


def circuit(*names: tuple[str, float], edges: tuple[tuple[str, str, float], ...] = ()) -> Circuit:
    nodes = []
    for name, effect in names:
        path, _, position = name.partition("@")
        site, _, feature = path.partition("/")
        nodes.append(
            Node(
                Site.parse(site),
                "error" if feature == "error" else int(feature),
                int(position) if position else None,
                effect,
            )
        )
    return Circuit(
        nodes=tuple(nodes),
        edges=tuple(Edge(*edge) for edge in edges),
        model="tiny",
        dictionaries="dictionaries",
        metric="logit-diff",
        method={"name": "ig", "steps": 10},
        aggregation="none",
        node_selection="averaged",
        baseline="patch",
        n_examples=8,
        node_threshold=0.1,
        edge_threshold=0.01,
    )


CHAIN = circuit(
    ("embed/3@1", 0.2),
    ("attn_0/5@2", -0.9),
    ("mlp_0/error@2", 0.15),
    ("resid_0/7@2", 0.5),
    edges=(
        ("embed/3@1", "attn_0/5@2", 0.3),
        ("attn_0/5@2", "resid_0/7@2", -0.02),
        ("resid_0/7@2", "y", 0.5),
    ),
)


def ids(circuit: Circuit) -> list[str]:
    return [node.id for node in circuit.nodes]


def test_top_k_by_absolute_effect():
    assert ids(CHAIN.top(2)) == ["attn_0/5@2", "resid_0/7@2"]
    assert len(CHAIN.top(2).edges) == 2
    assert ids(CHAIN.top(100)) == ids(CHAIN)
    assert CHAIN.top(0).nodes == ()


def test_networkx_view():
    graph = CHAIN.networkx()
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.nodes["attn_0/5@2"] == {
        "site": "attn_0",
        "feature": 5,
        "position": 2,
        "effect": -0.9,
        "label": None,
    }
    assert graph.edges["embed/3@1", "attn_0/5@2"]["weight"] == 0.3
    assert nx.shortest_path(graph, "embed/3@1", "y")[1:-1] == ["attn_0/5@2", "resid_0/7@2"]


def test_features_and_errors():
    assert FeatureRef.parse("attn_0/5") in CHAIN.features
    assert len(CHAIN.features) == 3
    assert [node.id for node in CHAIN.nodes if node.is_error] == ["mlp_0/error@2"]


def test_json_round_trip(tmp_path):
    named = replace(
        CHAIN,
        nodes=(replace(CHAIN.nodes[0], label="plural “dogs” <b>"), *CHAIN.nodes[1:]),
        tokens=("The", " big", " dogs"),
        fingerprint=Fingerprint("3d15c42d", None),
        data={"file": "pairs.jsonl", "dropped": {"too long": 2}},
        provenance={"sign": "positive: …", "seconds": 1.5},
    )
    write_circuit(named, tmp_path / "circuit.json")
    assert read_circuit(tmp_path / "circuit.json") == named
    values = json.loads((tmp_path / "circuit.json").read_text())
    assert (values["format"], values["version"]) == ("circuit-explorer/circuit", 2)
    assert values["nodes"][2] == {
        "id": "mlp_0/error@2",
        "site": "mlp_0",
        "feature": "error",
        "position": 2,
        "effect": 0.15,
        "label": None,
    }
    assert [file.name for file in tmp_path.iterdir()] == ["circuit.json"]
    assert values["fingerprint"] == {"model": "3d15c42d", "dictionaries": None}


def test_version_1_is_read_and_says_no_fingerprint(tmp_path):
    values = {**circuit_to_json(CHAIN), "version": 1}
    del values["fingerprint"]
    (tmp_path / "old.json").write_text(json.dumps(values))
    assert read_circuit(tmp_path / "old.json") == CHAIN and CHAIN.fingerprint is None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": "other"}, "not a circuit file"),
        ({"version": 7}, "version 7"),
        ({"edges": [{"source": "a", "target": "y", "weight": 1}]}, "not there"),
        ({"nodes": [{"site": "resid_0"}]}, "damaged"),
        ({"nodes": [{"site": "x", "feature": 1, "effect": 1.0}], "edges": []}, "not a site"),
        ({"nodes": [{"id": "resid_0/2", "site": "resid_0", "feature": 1, "effect": 1.0}]}, "does not fit"),
        ({"aggregation": "mean"}, "expected none or sum"),
    ],
)
def test_damaged_files_are_told(tmp_path, damage, message):
    path = tmp_path / "circuit.json"
    path.write_text(json.dumps(circuit_to_json(CHAIN) | damage))
    with pytest.raises(InputError, match=message) as problem:
        read_circuit(path)
    assert str(path) in str(problem.value)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(InputError, match="make it with precompute circuit"):
        read_circuit(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text('{"format": ')
    with pytest.raises(InputError, match="not JSON"):
        read_circuit(tmp_path / "broken.json")
    with pytest.raises(InputError, match="another place"):
        write_circuit(CHAIN, tmp_path / "no" / "folder" / "circuit.json")
    values = circuit_to_json(CHAIN)
    del values["metric"]
    with pytest.raises(InputError, match="'metric' is missing"):
        circuit_from_json(values)


def test_numbers_that_are_none_are_refused():
    with pytest.raises(InputError, match="NaN or Inf"):
        circuit(("embed/1@0", math.nan))
    with pytest.raises(InputError, match="same id"):
        circuit(("embed/1@0", 1.0), ("embed/1@0", 2.0))

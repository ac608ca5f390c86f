"""Circuits for other programs: every node and edge is there, in the form that those programs ask for."""

from __future__ import annotations

import csv
import io
import json

import networkx as nx
import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.formats.attribution_graph import ALL
from explorer_engine.formats.circuit_files import FORMS
from explorer_engine.formats.circuit_json import circuit_from_json
from explorer_engine.sites import Site

ASKED = {
    "metadata": {"slug": str, "scan": str, "prompt_tokens": list, "prompt": str},
    "nodes": {
        "node_id": str, "feature": int, "layer": str, "ctx_idx": int, "feature_type": str, "jsNodeId": str,
        "clerp": str,
    },
    "links": {"source": str, "target": str, "weight": float},
}  # fmt: skip
"""What the schema of Neuronpedia's uploads requires, and of which type."""
KINDS = {"embedding", "cross layer transcoder", "mlp reconstruction error", "logit"}


def made(apart: bool, fingerprint: Fingerprint | None = None) -> Circuit:
    at = 1 if apart else None
    nodes = (
        Node(Site("embed", -1), 3, at, 0.5, 'a "name", <b> & =1'),
        Node(Site("attn", 0), 3, at, -0.25),
        Node(Site("resid", 0), "error", at, 0.25),
    )
    edges = (Edge(nodes[0].id, nodes[2].id, -0.125), Edge(nodes[2].id, "y", 0.25))
    return Circuit(
        nodes, edges, "tiny", "", "logit-diff", {"name": "ig", "steps": 4}, "none" if apart else "sum",
        "averaged", "patch", 2, 0.1, 0.01, tokens=("The", " cat") if apart else None,
        fingerprint=fingerprint,
    )  # fmt: skip


def written(form: str, circuit: Circuit) -> str:
    return FORMS[form].text(circuit, "A title: of /it")


@pytest.mark.parametrize("apart", [True, False])
def test_an_attribution_graph_has_what_its_viewers_require(apart):
    circuit = made(apart)
    graph = json.loads(written("attribution-graph", circuit))
    assert graph.keys() == {"metadata", "qParams", "nodes", "links"}
    for part, fields in ASKED.items():
        for entry in [graph[part]] if part == "metadata" else graph[part]:
            for name, kind in fields.items():
                assert isinstance(entry[name], kind), (part, name)
    ids = [node["node_id"] for node in graph["nodes"]]
    assert len(set(ids)) == len(ids) == 4
    assert {end for link in graph["links"] for end in (link["source"], link["target"])} <= set(ids)
    assert {node["feature_type"] for node in graph["nodes"]} <= KINDS
    assert graph["metadata"]["prompt_tokens"] == (["The", " cat"] if apart else [ALL])
    assert {node["ctx_idx"] for node in graph["nodes"]} == {int(apart)}
    assert sum(node["influence"] or 0 for node in graph["nodes"]) == pytest.approx(1)
    assert [node.get("effect") for node in graph["nodes"]] == [0.5, -0.25, 0.25, None]


@pytest.mark.parametrize("apart", [True, False])
def test_graphml_reads_back_as_the_same_graph(apart):
    circuit = made(apart)
    graph = nx.parse_graphml(written("graphml", circuit))
    assert {name: values["effect"] for name, values in graph.nodes(data=True) if name != "y"} == {
        node.id: node.effect for node in circuit.nodes
    }
    assert graph.nodes[circuit.nodes[0].id]["label"] == circuit.nodes[0].label
    assert {(a, b): w for a, b, w in graph.edges(data="weight")} == {
        (edge.source, edge.target): edge.weight for edge in circuit.edges
    }


@pytest.mark.parametrize("apart", [True, False])
def test_tables_have_a_line_for_each(apart):
    circuit = made(apart)
    nodes = list(csv.DictReader(io.StringIO(written("nodes-csv", circuit))))
    edges = list(csv.DictReader(io.StringIO(written("edges-csv", circuit))))
    assert [row["id"] for row in nodes] == [node.id for node in circuit.nodes]
    assert [float(row["effect"]) for row in nodes] == [node.effect for node in circuit.nodes]
    assert {row["token"] for row in nodes} == ({" cat"} if apart else {""})
    assert nodes[0]["label"] == circuit.nodes[0].label
    assert [(row["source"], row["target"], float(row["weight"])) for row in edges] == [
        (edge.source, edge.target, edge.weight) for edge in circuit.edges
    ]


@pytest.mark.parametrize("apart", [True, False])
def test_our_own_form_loses_nothing(apart):
    circuit = made(apart)
    assert circuit_from_json(json.loads(written("json", circuit))) == circuit

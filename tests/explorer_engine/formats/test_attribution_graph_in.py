"""Attribution graphs read: ours come back as they were, those of others as nodes that are nobody's here."""

from __future__ import annotations

import json

import pytest

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.errors import InputError
from explorer_engine.formats.attribution_graph_in import circuit_of_graph
from explorer_engine.formats.circuit_files import FORMS, read_any
from explorer_engine.sites import FeatureRef, Site
from tests.explorer_engine.formats.graphs import neuronpedia_graph
from tests.explorer_engine.formats.test_circuit_files import made


def written(circuit: Circuit, form: str, tmp_path) -> Circuit:
    """What a circuit is after it was written and read."""
    file = tmp_path / f"circuit{FORMS[form].ending}"
    file.write_text(FORMS[form].text(circuit, "a name"), "utf-8")
    return read_any(file)


@pytest.mark.parametrize("form", ["json", "attribution-graph"])
@pytest.mark.parametrize("apart", [True, False])
def test_what_we_wrote_comes_back_whole(form, apart, tmp_path):
    circuit = made(apart, Fingerprint("aa", "bb"))
    assert written(circuit, form, tmp_path) == circuit


@pytest.mark.parametrize("apart", [True, False])
def test_a_graph_that_an_older_version_wrote_has_the_same_nodes_and_edges(apart):
    circuit = made(apart)
    graph = json.loads(FORMS["attribution-graph"].text(circuit, "a name"))
    del graph["metadata"]["circuit"]
    read = circuit_of_graph(graph, "graph.json")
    assert (read.nodes, read.edges, read.tokens, read.aggregation) == (
        circuit.nodes,
        circuit.edges,
        circuit.tokens,
        circuit.aggregation,
    )
    assert read.fingerprint is None and read.metric == circuit.metric


def test_a_graph_of_circuit_tracer_keeps_its_own_names():
    circuit = circuit_of_graph(neuronpedia_graph(), "graph.json")
    assert {node.id: (node.effect, node.label) for node in circuit.nodes} == {
        "~token/26865@1": (2.0, None),
        "~transcoder_0/41@1": (2.5, "Texas"),
        "~transcoder_3/7@1": (6.0, "<b>capitals</b>"),
        "~transcoder_3/error@1": (0.5, None),
        "~logit_5/31@1": (0.5, 'Output "Dallas" (p=0.1)'),
    }
    assert {(edge.source, edge.target): edge.weight for edge in circuit.edges} == {
        ("~token/26865@1", "~transcoder_0/41@1"): 2.0,
        ("~transcoder_0/41@1", "~transcoder_3/7@1"): 4.0,
        ("~transcoder_0/41@1", "y"): -1.5,
        ("~transcoder_3/7@1", "y"): 6.0,
        ("~transcoder_3/error@1", "~logit_5/31@1"): 0.5,
    }
    assert (circuit.model, circuit.metric) == ("gemma-2-2b", 'Output "Austin" (p=0.4)')
    assert (circuit.tokens, circuit.fingerprint) == (("<bos>", "Dallas"), None)
    depths = [node.site for node in sorted(circuit.nodes, key=lambda node: node.site)]
    assert [str(site) for site in dict.fromkeys(depths)] == [
        "~token", "~transcoder_0", "~transcoder_3", "~logit_5",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["json", "attribution-graph"])
def test_a_foreign_circuit_is_written_and_read_like_any(form, tmp_path):
    circuit = circuit_of_graph(neuronpedia_graph(), "graph.json")
    assert written(circuit, form, tmp_path) == circuit


def test_a_foreign_place_is_no_site_of_ours():
    for parse in (Site.parse, lambda name: FeatureRef.parse(f"{name}/3")):
        with pytest.raises(InputError, match="not a site"):
            parse("~transcoder_3")


@pytest.mark.parametrize(
    ("part", "at", "changes", "said"),
    [
        ("nodes", 1, {"node_id": "3_7_1"}, "that of two nodes"),
        ("nodes", 1, {"layer": "deep"}, r"nodes\[1\].layer is 'deep'"),
        ("nodes", 1, {"ctx_idx": 2}, "behind the 2 tokens"),
        ("nodes", 0, {"feature_type": None}, r"nodes\[0\].feature_type is None"),
        ("links", 2, {"target": "9_9_9"}, r"links\[2\] leads to '9_9_9'"),
        ("links", 2, {"weight": "much"}, r"links\[2\].weight is 'much'"),
        ("links", 1, {"source": "E_26865_1", "target": "0_41_1"}, "two edges lead"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_field(part, at, changes, said):
    graph = neuronpedia_graph()
    graph[part][at] |= changes
    with pytest.raises(InputError, match=said) as told:
        circuit_of_graph(graph, "graph.json")
    assert str(told.value).startswith("graph.json: ")

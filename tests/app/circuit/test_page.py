"""The Circuit page: permalinks, thresholds, clicks, search, judgements, files, bad addresses."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app import names, world
from app.circuit import toolbar
from app.shared.text import num
from explorer_engine.circuits.excerpt import MOST_EDGES, MOST_NODES, excerpt
from explorer_engine.drawing.circuit import METRICS
from explorer_engine.formats.circuit_files import FORMS
from explorer_engine.formats.circuit_json import circuit_from_json
from explorer_engine.formats.labelled_circuit import circuit_file
from explorer_engine.sites import OUTPUT
from explorer_engine.store.judgements import JudgementStore
from tests.explorer_engine.circuits.small import circuit as small_circuit
from tests.markup import parse, select
from tests.worlds import build_world, whole


def drawing(at: AppTest) -> dict:
    """What was sent to the browser to draw."""
    found = [
        json.loads(e.proto.json)
        for e in at.get("bidi_component")
        if e.proto.component_name.endswith("circuit_graph")
    ]
    assert len(found) == 1
    return found[0]


def asked(at: AppTest, name: str) -> str:
    """A parameter of the address the page is at now."""
    value = at.query_params[name]
    return value[0] if isinstance(value, list) else value


def slider(at: AppTest, label: str):
    return next(s for s in at.select_slider if s.label == label)


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


@pytest.fixture(params=["behaviour", "contrast"])
def circuit(request, store) -> str:
    """The first circuit that is summed over positions, and the first that is not."""
    return store.circuits.page(kind=request.param, limit=1).rows[0].id


def test_a_circuit_opens_with_as_much_as_can_be_read(open_page, markup, store, circuit):
    at = open_page("circuit", circuit=circuit)
    assert not at.exception
    shown, whole = drawing(at), store.circuits.graph(circuit)
    nodes = [n for n in shown["nodes"] if n["kind"] != "y"]
    assert 0 < len(nodes) <= MOST_NODES and len(shown["edges"]) <= MOST_EDGES
    strongest = [n.id for n in whole.circuit.nodes][: len(nodes)]
    assert {n["id"] for n in nodes} == set(strongest)
    ids = {n["id"] for n in shown["nodes"]}
    assert all(e["from"] in ids and e["to"] in ids for e in shown["edges"])
    assert METRICS.get(whole.summary.metric, whole.summary.metric) in markup(at)


def test_what_positive_means_and_how_it_was_measured_stand_under_the_drawing(
    open_page, markup, store, circuit
):
    html, summary = markup(open_page("circuit", circuit=circuit)), store.circuits.summary(circuit)
    assert summary.sign[1:-1] in parse(html).text
    assert {"ig": "integrated gradients", "attribution": "first-order", "exact": "exact"}[
        summary.method
    ] in html


def test_thresholds_in_the_address_are_the_sliders_and_the_drawing(open_page, store, circuit):
    at = open_page("circuit", circuit=circuit)
    options = slider(at, "Nodes >").options
    wanted = float(options[-2])
    at = open_page("circuit", circuit=circuit, nodes=wanted)
    assert slider(at, "Nodes >").value == wanted
    whole = store.circuits.graph(circuit).circuit
    if any(n.position is not None for n in whole.nodes):
        assert len(drawing(at)["lanes"]) > 1
    kept = {n.id for n in excerpt(whole, wanted, 0).nodes}
    assert {n["id"] for n in drawing(at)["nodes"] if n["kind"] != "y"} == kept


def test_moving_a_slider_changes_drawing_and_address(open_page, circuit):
    at = open_page("circuit", circuit=circuit)
    before = len(drawing(at)["nodes"])
    one = slider(at, "Nodes >")
    one.set_value(float(one.options[-1])).run()
    assert len(drawing(at)["nodes"]) < before
    assert float(asked(at, "nodes")) == pytest.approx(float(one.options[-1]), rel=1e-3)


def test_errors_can_be_hidden(open_page, circuit):
    at = open_page("circuit", circuit=circuit, nodes=0)
    kinds = {n["kind"] for n in drawing(at)["nodes"]}
    next(t for t in at.toggle if t.label == "Errors").set_value(False).run()
    assert {n["kind"] for n in drawing(at)["nodes"]} == kinds - {"error"}
    assert asked(at, "errors") == "no"


def test_positions_can_be_added_up(open_page, store):
    circuit = store.circuits.page(kind="contrast", limit=1).rows[0].id
    at = open_page("circuit", circuit=circuit)
    assert len(drawing(at)["lanes"]) > 1
    next(t for t in at.toggle if t.label == "Positions").set_value(False).run()
    shown, whole = drawing(at), store.circuits.graph(f"{circuit}-summed").circuit
    assert len(shown["lanes"]) == 1 and not any("@" in n["id"] for n in shown["nodes"])
    effects = {n.id: n.effect for n in whole.nodes} | {OUTPUT: 0.0}
    assert all(n["eff"] == pytest.approx(effects[n["id"]]) for n in shown["nodes"])
    assert asked(at, "circuit") == f"{circuit}-summed"


def test_a_permalink_to_a_node_opens_its_card(open_page, markup, store, circuit):
    node = next(n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error)
    at = open_page("circuit", circuit=circuit, node=node.id)
    assert not at.exception
    html, card = markup(at), store.features.card(node.ref)
    assert select(html, text=node.id)
    for fact, value in (("max activation", num(card.maximum)), ("effect", num(node.effect, True))):
        assert select(html, text=f"{fact}{value}")
    assert all(select(html, text=part) for part in ("In", "Out", "Also in"))
    button(at, "✕").click().run()
    assert "node" not in at.query_params and "Strongest nodes" in markup(at)


def test_j_and_k_walk_the_nodes_by_strength(open_page, store, circuit):
    nodes = list(store.circuits.graph(circuit).circuit.nodes)
    at = open_page("circuit", circuit=circuit, node=nodes[1].id)
    button(at, "›").click().run()
    assert asked(at, "node") == nodes[2].id
    button(at, "‹").click().run()
    button(at, "‹").click().run()
    assert asked(at, "node") == nodes[0].id
    assert button(at, "‹").disabled


def test_an_error_node_has_a_card_without_judgement(open_page, markup, store):
    for row in store.circuits.page(limit=50).rows:
        error = next((n for n in store.circuits.graph(row.id).circuit.nodes if n.is_error), None)
        if error is not None:
            at = open_page("circuit", circuit=row.id, node=error.id)
            assert not at.exception and "does not reconstruct" in markup(at)
            assert not any(b.label == "Spurious" for b in at.button)
            return
    pytest.fail("no circuit of this world has an SAE error node")


def test_search_finds_by_token_and_id_and_reaches_below_the_threshold(open_page, markup, store, circuit):
    at = open_page("circuit", circuit=circuit)
    weakest = [n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error][-1]
    at.text_input(key="circuit_find").set_value(weakest.id).run()
    html = markup(at)
    assert select(html, role="link", value=weakest.id)
    drawn = {n["id"] for n in drawing(at)["nodes"]}
    assert ("below the threshold" in html) == (weakest.id not in drawn)
    at = open_page("circuit", circuit=circuit)
    at.text_input(key="circuit_find").set_value("no such words anywhere").run()
    assert "0 found" in markup(at)


def test_a_judgement_needs_a_name_and_is_kept_before_it_is_shown(open_page, markup, store, tmp_path, circuit):
    node = next(n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error)
    at = open_page("circuit", circuit=circuit, node=node.id)
    button(at, "Spurious").click().run()
    assert "you: spurious" not in markup(at)
    at.text_input(key="judge-name").set_value("Ada").run()
    assert not at.exception and "you: spurious" in markup(at)  # what was clicked before is not lost
    scope = names.scope_of(store.circuits.graph(circuit).summary)
    kept = world.judgements().mine("Ada", scope)
    assert kept == {str(node.ref): "spurious"}
    button(at, "Undo").click().run()
    assert "not judged by you" in markup(at) and world.judgements().mine("Ada", scope) == {}
    world.judgements().close()
    reopened = JudgementStore(tmp_path / "judgements.duckdb")
    assert [e.kind for e in reopened.events("Ada")] == ["judgement", "undo"]
    reopened.close()


def test_what_somebody_said_before_is_not_taken_back_by_saying_it_before_the_name(open_page, store, circuit):
    node = next(n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error)
    world.judgements().judge("Ada", str(node.ref), "spurious", circuit)
    at = open_page("circuit", circuit=circuit, node=node.id)
    button(at, "Spurious").click().run()
    at.text_input(key="judge-name").set_value("Ada").run()
    assert world.judgements().mine("Ada", circuit) == {str(node.ref): "spurious"}
    button(at, "Spurious").click().run()
    assert world.judgements().mine("Ada", circuit) == {}


def test_next_goes_to_a_feature_not_judged_yet(open_page, store, circuit):
    features = [n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error]
    at = open_page("circuit", circuit=circuit, node=features[0].id)
    at.text_input(key="judge-name").set_value("Ada").run()
    judged = set()
    for _ in range(3):
        here = asked(at, "node")
        ref = next(str(n.ref) for n in features if n.id == here)
        assert ref not in judged
        judged.add(ref)
        button(at, "Relevant").click().run()
        button(at, "Next").click().run()


def test_a_hostile_label_stays_text_in_drawing_and_card(open_page, markup, store, circuit):
    node = next(n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error)
    at = open_page("circuit", circuit=circuit, node=node.id)
    at.text_input(key="judge-name").set_value("Ada").run()
    button(at, "Label").click().run()
    at.text_input(key="judge-label").set_value('<img src=x onerror=alert(1)>"\u202e').run()
    html = markup(at)
    assert not select(html, src="x") and select(html, contains='<img src=x onerror=alert(1)>"')
    label = next(n["label"] for n in drawing(at)["nodes"] if n["id"] == node.id)
    assert label.startswith("<img") and "\u202e" not in label and label.endswith("\\x202e")


def test_an_unknown_circuit_or_node_is_said_with_a_way_on(open_page, markup, of_world, store):
    at = open_page("circuit", circuit="nothing-of-the-kind")
    assert not at.exception and select(markup(at), contains="nothing-of-the-kind")
    assert select(markup(at), role="link", href=of_world("/circuit"))
    first = store.circuits.page(limit=1).rows[0].id
    at = open_page("circuit", circuit=first, node="resid_0/99999")
    assert not at.exception and "resid_0/99999" in markup(at)
    at = open_page("circuit", circuit=first, nodes="much")
    assert not at.exception and select(markup(at), contains="nodes='much'")


def test_the_exported_circuit_is_the_one_on_screen(store, circuit):
    graph = store.circuits.graph(circuit)
    part = excerpt(graph.circuit, 0.05, 0.01)
    read = circuit_from_json(json.loads(circuit_file(FORMS["json"], graph.summary, part, {})))
    assert (read.nodes, read.edges, read.method) == (part.nodes, part.edges, part.method)
    assert (read.node_threshold, read.metric) == (
        max(0.05, graph.circuit.node_threshold),
        graph.summary.metric,
    )
    whole = circuit_from_json(json.loads(circuit_file(FORMS["json"], graph.summary, graph.circuit, {})))
    assert whole == replace(graph.circuit, data=whole.data)
    assert whole.data == {"circuit": circuit, "title": graph.summary.title}
    assert re.fullmatch(r"[\w.-]+", graph.summary.id)


@pytest.fixture
def both(tmp_path, monkeypatch):
    """A world with a circuit of pairs, and the one of the same effects with positions summed: fewer nodes."""
    rows = whole()
    (apart,) = (row for row in rows["circuit"] if row["id"] == "pairs-0")
    id = "pairs-0-summed"
    rows["circuit"].append(
        {**apart, "id": id, "aggregation": "sum", "tokens": None, "title": "Summed", "summed_of": "pairs-0"}
    )
    rows["circuit_node"] += [
        {"circuit": id, "id": "embed/1", "site": "embed", "feature": 1, "effect": 0.75},
        {"circuit": id, "id": OUTPUT, "site": OUTPUT, "effect": 0.0},
    ]
    rows["circuit_edge"].append({"circuit": id, "source": "embed/1", "target": OUTPUT, "weight": 0.75})
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(build_world(tmp_path / "world", rows)))


def test_positions_are_switched_to_the_circuit_that_was_found_so_and_back(open_page, markup, both):
    def switch(at: AppTest, on: bool) -> None:
        next(t for t in at.toggle if t.label == "Positions").set_value(on).run()
        assert not at.exception

    at = open_page("circuit", circuit="pairs-0", node="embed/1@1", errors="no")
    switch(at, False)
    assert [asked(at, name) for name in ("circuit", "node", "errors")] == ["pairs-0-summed", "embed/1", "no"]
    effects = {n["id"]: n["eff"] for n in drawing(at)["nodes"]}
    assert effects == {"embed/1": pytest.approx(0.75), OUTPUT: 0.0}, "not 0.5, the kept position's alone"
    switch(at, True)
    assert [asked(at, name) for name in ("circuit", "node", "errors")] == ["pairs-0", "embed/1@1", "no"]
    at = open_page("circuit", circuit="pairs-0", node="resid_0/3@1")
    switch(at, False)
    assert asked(at, "circuit") == "pairs-0-summed" and "node" not in at.query_params


def test_an_address_that_sums_positions_opens_the_circuit_that_was_found_so(open_page, both):
    at = open_page("circuit", circuit="pairs-0", summed="yes")
    assert not at.exception
    assert asked(at, "circuit") == "pairs-0-summed" and "summed" not in at.query_params


@pytest.mark.parametrize(
    ("method", "provenance", "said"),
    [
        ({"name": "ig", "steps": 10, "rule": "left"}, {}, "integrated gradients in 10 left steps"),
        ({"name": "ig", "steps": 10}, {}, "integrated gradients in 10 left steps"),
        (
            {"name": "ig", "steps": 7, "rule": "midpoint"},
            {"points": {"embed": 7, "mlp_0": 1}, "quadrature_error": 0.0184},
            "integrated gradients in 1–7 midpoint steps a site (effects off by 1.8%)",
        ),
        ({"name": "attribution"}, {}, "first-order attribution"),
    ],
)
def test_the_points_of_integrated_gradients_are_said(method, provenance, said):
    assert toolbar.method(small_circuit([], method=method, provenance=provenance)) == said

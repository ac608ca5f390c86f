"""The Compare page: pairs, overlap, matrix, lists, positions, files, bad addresses, few circuits."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from app.compare import toolbar
from app.compare.pair import compared
from app.compare.view import CompareView
from explorer_engine.circuits.templates import align, template
from tests.markup import parse, select
from tests.worlds import build_world, whole, without

RC, PP = "agreement-across-rc", "agreement-across-pp"


def drawings(at: AppTest) -> list[dict]:
    """What was sent to the browser to draw."""
    return [
        json.loads(e.proto.json)
        for e in at.get("bidi_component")
        if e.proto.component_name.endswith("circuit_graph")
    ]


def asked(at: AppTest, name: str) -> str | None:
    """A parameter of the address the page is at now."""
    value = at.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def nodes(drawing: dict) -> dict[str, dict]:
    return {n["id"]: n for n in drawing["nodes"] if n["kind"] != "y"}


def test_a_pair_is_one_drawing_in_which_every_node_says_which_circuit_has_it(open_page, store):
    at = open_page("compare", a=RC, b=PP, summed="yes")
    assert not at.exception
    (drawing,) = drawings(at)
    own = [{str(n.ref) for n in store.circuits.graph(id).circuit.nodes} for id in (RC, PP)]
    sides = {(True, True): "both", (True, False): "here", (False, True): "there"}
    assert nodes(drawing)
    for id, node in nodes(drawing).items():
        assert node["side"] == sides[id in own[0], id in own[1]]
    assert all(edge["side"] in sides.values() for edge in drawing["edges"])


def test_overlap_figures_are_those_of_plain_sets(open_page, markup, store):
    text = parse(markup(open_page("compare", a=RC, b=PP))).text
    one, two = (
        {str(n.ref) for n in store.circuits.graph(id).circuit.nodes if not n.is_error} for id in (RC, PP)
    )
    common = len(one & two)
    assert f"{common} of {len(one | two)}" in text and f"{common / len(one | two):.0%}" in text
    assert f"{common} of {max(len(one), len(two))}" in text
    assert "share over 85% of their features" in text and "Σ min(p, q)" in text


def test_positions_are_matched_by_the_template(open_page, store):
    (drawing,) = drawings(open_page("compare", a=RC, b=PP, nodes="150"))
    graphs = [store.circuits.graph(id) for id in (RC, PP)]
    columns = align(*(template(g.circuit, g.summary.example) for g in graphs))
    assert [lane["title"] for lane in drawing["lanes"]][1] == "keys · monkeys"
    assert len(drawing["lanes"]) == len(columns)
    last = len(columns) - 1
    one = {str(n.ref) for n in graphs[0].circuit.nodes if n.position == columns[last].here}
    two = {str(n.ref) for n in graphs[1].circuit.nodes if n.position == columns[last].there}
    for id, node in nodes(drawing).items():
        feature, _, column = id.partition("@")
        if int(column) == last:
            assert (node["side"] == "both") == (feature in one & two)


def test_a_circuit_without_positions_is_compared_after_summing_those_of_the_other(open_page, markup):
    at = open_page("compare", a="classifier-professor-nurse", b=PP)
    (drawing,) = drawings(at)
    assert len(drawing["lanes"]) == 1 and not any("@" in id for id in nodes(drawing))
    assert "A has no positions: those of B are summed" in parse(markup(at)).text
    assert not any(t.label == "Positions" for t in at.toggle)


def test_side_by_side_each_has_its_own_nodes_in_the_same_rows(open_page):
    one, two = drawings(open_page("compare", a=RC, b=PP, show="sides"))
    assert one["rows"] == two["rows"]
    assert {n["side"] for n in nodes(one).values()} <= {"both", "here"}
    assert {n["side"] for n in nodes(two).values()} <= {"both", "there"}


def test_one_circuit_alone_is_held_against_the_one_most_like_it(open_page, store):
    at = open_page("compare", a=RC)
    assert asked(at, "b") == store.comparisons.alike(RC, 1)[0].id == PP


def test_controls_write_the_address(open_page):
    at = open_page("compare", a=RC, b=PP)
    at.toggle(key="compare_positions").set_value(False).run()
    assert asked(at, "summed") == "yes" and len(drawings(at)[0]["lanes"]) == 1
    at.toggle(key="compare_errors").set_value(False).run()
    assert asked(at, "errors") == "no" and all(n["kind"] != "error" for n in drawings(at)[0]["nodes"])
    at.select_slider(key="compare_nodes").set_value(10).run()
    assert asked(at, "nodes") == "10" and len(nodes(drawings(at)[0])) <= 20
    next(b for b in at.button if b.label == "⇄").click().run()
    assert (asked(at, "a"), asked(at, "b")) == (PP, RC)


def test_a_selected_node_is_read_and_walked_from(open_page, markup, store):
    ref = str(store.circuits.graph(RC).circuit.nodes[0].ref)
    at = open_page("compare", a=RC, b=PP, summed="yes", node=ref)
    html = markup(at)
    assert not at.exception
    assert select(html, text=ref) and "effect in A" in html and "feature page" in html
    links = [link.value or "" for link in select(html, role=None, data_act="go")]
    assert any(f"circuit={RC}" in to for to in links) and any(f"circuit={PP}" in to for to in links)
    next(b for b in at.button if b.label == "›").click().run()
    assert asked(at, "node") not in (None, ref)
    next(b for b in at.button if b.label == "✕").click().run()
    assert asked(at, "node") is None


def test_the_matrix_holds_every_circuit_of_a_kind_and_the_overlap_of_each_pair(open_page, markup, store):
    html = markup(open_page("compare", kind="contrast"))
    cells = select(html, data_act="pair")
    n = next(g.n for g in store.comparisons.groups() if g.id == "contrast")
    assert len(cells) == n * (n - 1)
    one, two = (
        {str(x.ref) for x in store.circuits.graph(id).circuit.nodes if not x.is_error} for id in (RC, PP)
    )
    assert f"{100 * len(one & two) / len(one | two):.0f}" in [cell.text for cell in cells]
    for words in ("One behaviour in two clusterings", "Classifiers", "Contrasts"):
        assert words in html


@pytest.mark.parametrize("by", ["features", "shared", "weighted"])
def test_every_kind_has_its_matrix(open_page, store, by):
    for group in store.comparisons.groups():
        assert not open_page("compare", kind=group.id, by=by).exception


def test_a_file_says_what_is_compared_how_and_when(open_page, store):
    at = open_page("compare", a=RC, b=PP)
    assert not at.exception
    shown = compared(CompareView(a=RC, b=PP))
    values = json.loads(toolbar._json(shown, shown.pair.comparison))
    assert values["here"]["id"] == RC and values["there"]["id"] == PP
    assert values["date"] == date.today().isoformat() and "weighted" in values["meanings"]
    assert values["drawn"]["nodes_of_each"] == shown.view.nodes
    assert len(values["nodes"]) == len(shown.pair.comparison.nodes)
    title, told = toolbar.caption(shown)
    assert RC in title and PP in title and "violet: only in A" in told


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"a": "<b>none</b>", "b": PP}, "<b>none</b>"),
        ({"a": RC, "b": "none"}, "none"),
        ({"a": "none"}, "none"),
        ({"a": "file-000000000000"}, "file-000000000000"),
        ({"a": RC, "b": PP, "node": "resid_0/99999999"}, "resid_0/99999999"),
        ({"a": RC, "b": PP, "show": "upside down"}, "upside down"),
        ({"a": RC, "b": PP, "which": "none"}, "which"),
        ({"a": RC, "b": PP, "nodes": "many"}, "nodes"),
        ({"a": RC, "b": PP, "world_b": "elsewhere"}, "elsewhere"),
        ({"kind": "<i>kind</i>"}, "<i>kind</i>"),
        ({"by": "beauty"}, "beauty"),
    ],
)
def test_a_bad_address_is_a_message_with_a_way_on(open_page, markup, parameters, said):
    at = open_page("compare", **parameters)
    html = markup(at)
    assert not at.exception
    assert select(html, text="These circuits cannot be compared") and select(html, contains=said)
    assert select(html, role=None, text="All circuits")


def test_numbers_out_of_range_are_the_nearest(open_page):
    at = open_page("compare", a=RC, b=PP, nodes="-5", edges="9223372036854775807")
    assert not at.exception and at.select_slider(key="compare_nodes").value == 10


def test_a_circuit_against_itself_has_everything_in_common(open_page):
    at = open_page("compare", a=RC, b=RC)
    assert not at.exception and {n["side"] for n in nodes(drawings(at)[0]).values()} == {"both"}


def test_two_worlds_of_the_same_dictionaries(open_page, markup, monkeypatch, tmp_path, world_dir):
    copy = tmp_path / "copy"
    shutil.copytree(world_dir, copy)
    monkeypatch.setattr("sys.argv", ["streamlit", "--world", str(world_dir), "--world", str(copy)])
    monkeypatch.delenv("CIRCUIT_EXPLORER_JUDGEMENTS", raising=False)
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", f"{world_dir}:{copy}")
    html = markup(open_page("compare", kind="contrast"))
    assert "Two worlds of the same dictionaries" in html
    from app import worlds

    other = worlds.listed()[1].key
    at = open_page("compare", a=RC, b=RC, world_b=other)
    assert not at.exception and {n["side"] for n in nodes(drawings(at)[0]).values()} == {"both"}


@pytest.mark.parametrize("circuits", [0, 1])
def test_with_no_circuit_or_one_the_page_says_what_to_do(open_page, markup, monkeypatch, tmp_path, circuits):
    rows = without("circuits")
    if circuits:
        whole_rows = whole()
        (first, *_) = whole_rows["circuit"]
        for table, key in (("circuit", "id"), ("circuit_node", "circuit"), ("circuit_edge", "circuit")):
            rows[table] = [row for row in whole_rows[table] if row[key] == first["id"]]
        for row in rows["circuit"]:
            row.update(behaviour=None, task=None, kind="contrast", summed_of=None)
    world = build_world(tmp_path / "world", rows)
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    html = markup(open_page("compare"))
    assert "Nothing to compare" in html and "Circuit page" in html
    assert ("There is one circuit here" in html) == bool(circuits)

"""Start, Behaviours and Features: permalinks, rankings, filters, labels, bad addresses, missing worlds."""

from __future__ import annotations

import json
import shutil

import pytest

from app.shared.html import esc
from app.shared.text import num
from explorer_engine.drawing.tokens import is_separator
from explorer_engine.formats import context_files
from explorer_engine.store.artefacts import ArtefactStore
from tests.markup import parse, select, values


def button(at, label):
    return next(b for b in at.button if b.label == label)


def selected(html):
    return [option.value for option in select(html, role="option", aria_selected="true")]


# ---- Start


def test_start_states_the_facts_of_the_world(open_page, markup, store):
    at = open_page("start")
    html, facts = markup(at), store.start.world()
    assert not at.exception
    assert esc(facts.title) in html and f"{facts.n_features:,}" in html
    for dictionary in store.start.dictionaries():
        assert select(html, text=str(dictionary.site))
    for figure in store.start.quality():
        assert esc(figure.figure) in html
    barred = [f for f in store.start.quality() if f.low is not None or f.high is not None]
    assert f"{sum(f.verdict != 'missed' for f in barred)} of {len(barred)} figures within their bars" in html
    doors = [link.text for link in select(html, role="link", data_act="go")]
    for title in ("See behaviours", "See a circuit", "Clean a classifier"):
        assert sum(text.startswith(title) for text in doors) == 1


def test_start_names_the_command_behind_every_artefact(open_page, markup, store):
    html = markup(open_page("start"))
    for made in store.start.provenance():
        assert esc(made.command) in html


# ---- Behaviours


def test_a_behaviour_permalink_shows_that_behaviour(open_page, markup, store):
    row = store.behaviours.page(query_all(), limit=3).rows[-1]
    at = open_page("behaviours", behaviour=row.id)
    html = markup(at)
    assert not at.exception
    assert select(html, text=f"#{row.id}")
    contexts = store.behaviours.contexts(row.id)
    lines = select(html, role="listitem")
    assert len(lines) == contexts.total
    for line, context in zip(lines, contexts.rows, strict=True):
        assert select(line, text=f"{context.p:.3f}") and context.answer.strip() in line.text
    assert at.query_params["clustering"] == row.clustering


def query_all(**changes):
    from explorer_engine.store.queries.behaviours import BehaviourQuery

    return BehaviourQuery(**changes)


@pytest.mark.parametrize("rank", ["effect", "contexts", "nodes", "errors", "relative softmax", "loss"])
def test_rankings_follow_the_store(open_page, markup, store, rank):
    clustering = store.behaviours.clusterings()[0].id
    expected = store.behaviours.page(query_all(clustering=clustering, order=rank), limit=50).rows
    html = markup(open_page("behaviours", clustering=clustering, rank=rank))
    assert values(html, "Behaviours") == [str(row.id) for row in expected]


def test_next_and_previous_walk_the_list(open_page, markup, store):
    clustering = store.behaviours.clusterings()[0].id
    rows = store.behaviours.page(query_all(clustering=clustering), limit=2).rows
    at = open_page("behaviours")
    assert button(at, "Previous").disabled
    button(at, "Next").click().run()
    assert at.query_params["behaviour"] == str(rows[1].id)
    assert select(markup(at), text=f"#{rows[1].id}")
    button(at, "Previous").click().run()
    assert select(markup(at), text=f"#{rows[0].id}")


def test_search_by_feature_finds_the_circuits_that_hold_it(open_page, markup, store):
    clustering = store.behaviours.clusterings()[0].id
    row = next(r for r in store.behaviours.page(query_all(clustering=clustering)).rows if r.circuit)
    node = next(n for n in store.circuits.graph(row.circuit).circuit.nodes if not n.is_error)
    at = open_page("behaviours", clustering=clustering)
    next(t for t in at.text_input if t.label == "Search").input(str(node.ref)).run()
    shown = values(markup(at), "Behaviours")
    assert str(row.id) in shown
    for other in shown:
        graph = store.circuits.graph(store.behaviours.get(int(other)).circuit)
        assert node.ref in {n.ref for n in graph.circuit.nodes}


def test_a_search_without_hits_says_so_and_offers_a_way_on(open_page, markup, of_world):
    at = open_page("behaviours", q="zzzznothing")
    html = markup(at)
    assert not at.exception
    assert "No behaviour matches" in html and select(html, role="link", href=of_world("/behaviours"))


def test_downloads_hold_every_context_in_the_published_format(store):
    row = store.behaviours.page(query_all(), limit=1).rows[0]
    contexts = store.behaviours.contexts(row.id).rows
    entries = json.loads(context_files.contexts_json(contexts))
    assert len(entries) == len(contexts) == row.n_contexts
    for entry, context in zip(entries.values(), contexts, strict=True):
        assert entry["context"] == list(context.before) and entry["answer"] == context.answer
    assert context_files.contexts_csv(contexts).startswith("document,position,context,answer")


# ---- Features


def test_a_feature_permalink_shows_its_card(open_page, markup, store):
    from explorer_engine.store.queries.features import FeatureQuery

    row = store.features.page(FeatureQuery(alive=True), limit=1).rows[0]
    at = open_page("features", feature=row.ref)
    html, card = markup(at), store.features.card(row.ref)
    assert not at.exception
    assert select(html, text=str(row.ref))
    assert f"{num(card.density * 100)} %" in html
    for quantile in store.features.contexts(row.ref):
        assert select(html, text=quantile.name)
    links = [link.value or "" for link in select(html, role="link")]
    for circuit in store.features.circuits(row.ref, limit=8):
        assert any(to.startswith(f"/circuit?circuit={circuit.circuit}") for to in links)


def test_features_opens_on_one_that_fires_on_words(open_page, markup, store):
    from explorer_engine.store.queries.features import FeatureQuery

    rows = store.features.page(FeatureQuery()).rows
    telling = next(row for row in rows if row.tokens and not is_separator(row.tokens[0]))
    assert selected(markup(open_page("features"))) == [str(telling.ref)]


def test_filters_of_the_feature_list_hold(open_page, markup):
    shown = values(markup(open_page("features", kinds="mlp", layers="1", only="circuit")), "Features")
    assert shown and all(ref.startswith("mlp_1/") for ref in shown)


def test_a_label_is_kept_under_a_name_shown_escaped_and_can_be_undone(open_page, markup, store):
    from explorer_engine.store.queries.features import FeatureQuery

    ref = store.features.page(FeatureQuery(), limit=1).rows[0].ref
    hostile = '<img src=x onerror="alert(1)"> & co'
    at = open_page("features", feature=ref)
    button(at, "Label").click().run()
    name = next(t for t in at.text_input if t.key == "annotator_label")
    name.input("Ada").run()
    next(t for t in at.text_input if t.label == "Label").input(hostile).run()
    html = markup(at)
    assert not at.exception
    assert not select(html, src="x") and select(html, text=hostile)
    assert "label by Ada" in parse(html).text
    button(at, "Undo").click().run()
    assert not select(markup(at), text=hostile)


def test_labels_can_be_searched(open_page, markup, store, tmp_path):
    from explorer_engine.store.judgements import JudgementStore
    from explorer_engine.store.queries.features import FeatureQuery

    ref = store.features.page(FeatureQuery(), limit=5).rows[-1].ref
    judgements = JudgementStore(tmp_path / "judgements.duckdb")
    judgements.label("Bela", str(ref), "quokka detector")
    judgements.close()
    assert values(markup(open_page("features", q="quokka")), "Features") == [str(ref)]


# ---- bad addresses and worlds


@pytest.mark.parametrize(
    ("page", "parameters", "said"),
    [
        ("behaviours", {"behaviour": "999999"}, "999999"),
        ("behaviours", {"behaviour": "x"}, "behaviour"),
        ("behaviours", {"clustering": "<b>none</b>"}, "<b>none</b>"),
        ("behaviours", {"rank": "beauty"}, "beauty"),
        ("features", {"feature": "resid_0/99999999"}, "resid_0/99999999"),
        ("features", {"feature": "resid_0/error"}, "error"),
        ("features", {"feature": "nonsense"}, "nonsense"),
        ("features", {"layers": "x"}, "layer"),
        ("features", {"density": "a,b"}, "filters"),
    ],
)
def test_a_bad_address_is_a_message_with_a_way_on(open_page, markup, of_world, page, parameters, said):
    at = open_page(page, **parameters)
    html = markup(at)
    assert not at.exception
    assert select(html, text="Not found in this world") and select(html, contains=said)
    assert {of_world(f"/{page}"), of_world("/")} <= {
        link.attributes["href"] for link in select(html, role="link")
    }


@pytest.mark.parametrize("page", ["start", "behaviours", "features"])
def test_without_a_world_every_page_says_what_to_do(open_page, markup, monkeypatch, tmp_path, page):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(tmp_path / "nowhere"))
    at = open_page(page)
    html = markup(at)
    assert not at.exception
    assert "No world found" in html and "nowhere" in html and "--world DIR" in html


def test_a_world_that_goes_away_is_said_and_can_come_back(
    open_page, markup, monkeypatch, tmp_path, world_dir
):
    copy = tmp_path / "world"
    shutil.copytree(world_dir, copy)
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(copy))
    at = open_page("behaviours")
    (copy / "world.duckdb").rename(copy / "elsewhere")
    at.run()
    assert not at.exception
    assert "world.duckdb: no artefact store there" in markup(at)
    (copy / "elsewhere").rename(copy / "world.duckdb")
    at.run()
    assert values(markup(at), "Behaviours")


def test_a_damaged_world_names_the_file_and_the_command(open_page, markup, monkeypatch, tmp_path, world_dir):
    copy = tmp_path / "world"
    shutil.copytree(world_dir, copy)
    with (copy / "world.duckdb").open("r+b") as file:
        file.truncate(1000)
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(copy))
    html = markup(open_page("start"))
    assert "cannot be opened" in html and "world.duckdb" in html and "--world DIR" in html


def test_a_damaged_part_is_made_again_by_what_the_world_records(
    open_page, markup, monkeypatch, tmp_path, world_dir
):
    copy = tmp_path / "world"
    shutil.copytree(world_dir, copy)
    (copy / "dictionaries" / "embed.safetensors").write_bytes(b"half")
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(copy))
    html = markup(open_page("start"))
    recorded = ArtefactStore(copy / "world.duckdb").start.command("dictionaries")
    assert recorded is not None and recorded in html and "embed.safetensors: damaged" in html

"""What things are called follows what people say, at once, and is read from the store once a statement."""

from __future__ import annotations

import streamlit as st

from app import names, world
from explorer_engine.sites import FeatureRef
from explorer_engine.store.explanations import Explanation
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import Label
from tests.worlds import PATTERN, build_world


def test_ones_own_label_stands_over_the_newest_and_statements_show_at_once(monkeypatch):
    store = world.judgements()
    monkeypatch.setattr(st, "session_state", {"annotator": "Ada"})
    store.label("Ada", "resid_1/3", "mine")
    store.label("Bo", "resid_1/3", "theirs")
    assert names.told_labels() == {"resid_1/3": "mine"}
    store.undo("Ada")
    assert names.told_labels() == {"resid_1/3": "theirs"}
    store.label("Ada", names.behaviour_target(7), "lists")
    assert names.behaviour_labels() == {7: "lists"}


def test_explanations_name_what_nobody_named_and_are_found_by_their_words():
    store = world.judgements()
    source = "imported: neuronpedia, gpt-4o-mini"
    store.explanations.add(
        Explanation(f"resid_1/{i}", source, f"{word} in lists", "{}")
        for i, word in ((3, "commas"), (4, "dots"))
    )
    store.label("Ada", "resid_1/3", "mine")
    three, four = FeatureRef.parse("resid_1/3"), FeatureRef.parse("resid_1/4")
    assert names.feature_labels([three, four]) == {"resid_1/3": "mine", "resid_1/4": "dots in lists"}
    assert names.label_of(four) == Label("dots in lists", source)
    assert names.told_labels() == {"resid_1/3": "mine"}
    assert names.found_labels("dots") == {"resid_1/3": "mine", "resid_1/4": "dots in lists"}


def test_a_name_is_a_persons_then_an_explanation_then_a_files_then_the_pattern(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(build_world(tmp_path / "world")))
    store, named, other = world.judgements(), FeatureRef.parse("attn_0/2"), FeatureRef.parse("resid_0/3")
    both = [named, other]
    assert names.feature_labels(both) == {"attn_0/2": PATTERN}, "the other has a score and no name"
    assert names.label_of(named) == Label(PATTERN, names.PATTERN) and names.label_of(other) is None
    file = {"attn_0/2": "in a file", "mlp_9/9": "of another world"}
    assert names.feature_labels(both, file) == {"attn_0/2": "in a file"}
    store.explanations.add([Explanation("attn_0/2", "imported: someone", "explained", "{}")])
    assert names.feature_labels(both, file) == {"attn_0/2": "explained"}
    store.label("Bo", "attn_0/2", "theirs")
    assert names.feature_labels(both, file) == {"attn_0/2": "theirs"}
    said = names.label_of(named)
    assert said is not None and (said.text, said.annotator) == ("theirs", "Bo")


def test_what_is_said_of_behaviours_that_are_not_here_is_found_again():
    store, here = world.judgements(), names.behaviour_target(7)
    store.label("Ada", here, "lists")
    gone = store.label("Ada", "behaviour-7@00000000", "old lists")
    of_feature = store.judge("Bo", "resid_1/3", "spurious", "behaviour-90000@00000000")
    store.label("Ada", "behaviour-8", "told before there were fingerprints")
    never = store.label("Bo", "behaviour-90001", "no such number")
    assert names.lost_statements() == (gone, of_feature, never)
    called = names.behaviour_labels()
    assert (called[7], called[8]) == ("lists", "told before there were fingerprints")
    store.undo("Bo")
    assert names.lost_statements() == (gone, of_feature)


def test_labels_are_read_once_a_statement(monkeypatch):
    reads, labels = [], JudgementStore.labels
    monkeypatch.setattr(JudgementStore, "labels", lambda self, *who: reads.append(who) or labels(self, *who))
    for _ in range(3):
        names.labels()
    assert len(reads) == 1
    world.judgements().label("Ada", "resid_1/3", "new")
    assert names.told_labels() == {"resid_1/3": "new"} and len(reads) == 2


def test_nobody_takes_the_name_of_a_source(open_page):
    at = open_page("features")
    at.text_input(key="annotator_header").set_value("Imported: *me*").run()
    assert at.session_state["annotator"] is None
    assert "those of imported files; choose another" in at.toast[0].value
    assert r"\*me\*" in at.toast[0].value, "Markdown in a name is text"
    at.text_input(key="annotator_header").set_value("Ada").run()
    assert at.session_state["annotator"] == "Ada"


def test_the_features_page_says_who_explained(open_page, markup):
    world.judgements().explanations.add(
        [Explanation("resid_1/412", "imported: neuronpedia, gpt-4o-mini", "full <b>stops", "{}")]
    )
    shown = markup(open_page("features", feature="resid_1/412"))
    assert "full &lt;b&gt;stops" in shown and "label by <b>imported: neuronpedia, gpt-4o-mini</b>" in shown


def test_a_filter_finds_what_programs_explained_and_the_page_says_by_whom(open_page, markup):
    at = open_page("features", feature="resid_1/412")
    assert "Explained" not in str(at.get("button_group")), "there are no explanations"
    store = world.judgements()
    store.explanations.add(
        Explanation(f"resid_1/{i}", "imported: neuronpedia, gpt-4o-mini", "lists", "{}") for i in (412, 4)
    )
    store.label("Ada", "resid_1/3", "mine")
    store.label("Ada", "resid_1/4", "mine")
    for only, n, said in (
        ("explained", 2, "explained by programs ·"),
        ("labelled", 2, "labelled by people or annotations ·"),
        ("labelled,explained", 1, "labelled by people or annotations; explained by programs ·"),
    ):
        at = open_page("features", only=only)
        shown = markup(at)
        assert "Explained" in str(at.get("button_group"))
        assert f"of {n} features" in shown and said in shown


def test_the_behaviours_page_says_what_is_said_of_others(open_page, markup):
    assert "not in this world" not in str(open_page("behaviours"))
    world.judgements().label("Ada <i>", "behaviour-7@00000000", "old <b>lists")
    at = open_page("behaviours")
    shown = markup(at)
    assert "old &lt;b&gt;lists" in shown and "Ada &lt;i&gt;" in shown and "behaviour-7@00000000" in shown

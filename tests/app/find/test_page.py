"""Find through its page: order, reasons with marks, filters, nothing found, hostile text."""

from __future__ import annotations

import re

import pytest

from app import names, world
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.explanations import Explanation

HOSTILE = "<img src=x onerror=alert(1)> **her** $x$"


def listed(shown: str, kind: str) -> list[str]:
    """The rows of one kind, as they come."""
    _, _, rest = shown.partition(f'role="listbox" aria-label="{kind}"')
    return re.findall(r'<a class="row row-find".*?</a>', rest.partition('role="listbox"')[0], re.DOTALL)


def ids(rows: list[str]) -> list[str]:
    return [re.findall(r'class="feature-id">#?([^<]*)<', row)[0] for row in rows]


def answers_of(store: ArtefactStore, word: str) -> set[str]:
    """Behaviours whose commonest answer is a word."""
    found = store.behaviours.rows(range(1000))
    return {str(row.id) for row in found if row.answers[0].text.strip().lower() == word}


def test_himself_finds_the_behaviours_of_that_answer_first(open_page, markup, store):
    rows = listed(markup(open_page("find", q="himself")), "Behaviours")
    right = answers_of(store, "himself")
    assert right and set(ids(rows)[: len(right)]) == right


def test_her_comes_before_teacher(open_page, markup):
    shown = markup(open_page("find", q="her"))
    for kind in ("Behaviours", "Features", "Circuits"):
        first = listed(shown, kind)[0]
        assert re.search(r"<mark>[Hh]er</mark>|token found", first), kind
    assert "teacher" not in "".join(listed(shown, "Features")).lower()


def test_a_row_says_what_matched_and_marks_it(open_page, markup):
    row = listed(markup(open_page("find", q="himself")), "Behaviours")[0]
    assert "<mark>himself</mark>" in row and "<em>name</em>" in row
    assert "<em>answer</em>" in row and 'class="token found"' in row
    assert "<em>context</em>" in row


def test_an_id_finds_the_feature_first(open_page, markup):
    shown = markup(open_page("find", q="resid_1/581"))
    assert ids(listed(shown, "Features")) == ["resid_1/581"]
    assert shown.index('aria-label="Features"') < shown.index('aria-label="Behaviours"')
    assert "<em>holds, effect " in "".join(listed(shown, "Circuits"))


def test_nothing_found_says_what_is_searched_and_offers_the_nearest_words(open_page, markup):
    shown = markup(open_page("find", q="teecher"))
    assert "Nothing found" in shown and "teecher" in shown
    assert re.search(r"Nearest: <a [^>]*q=teacher[^>]*>teacher</a>", shown)
    assert "contexts" in shown and "8,320 features" in shown


def test_words_that_are_never_together_are_offered_alone(open_page, markup):
    shown = markup(open_page("find", q="himself mlp_2/153"))
    assert "never all of them" in shown and re.search(r">himself</a>", shown)


def test_filters_are_part_of_the_address(open_page, markup, store):
    every = open_page("find", kind="behaviours", answer="himself")
    rows = listed(markup(every), "Behaviours")
    assert set(ids(rows)) >= answers_of(store, "himself")
    strong = [row for row in store.behaviours.rows(range(1000)) if (row.faithfulness or 0) >= 0.9]
    bounded = markup(open_page("find", kind="behaviours", figure="faithfulness", low="0.9"))
    assert set(ids(listed(bounded, "Behaviours"))) == {str(row.id) for row in strong}


def test_judged_by_a_person(open_page, markup):
    told = world.judgements()
    told.judge("Ada", "resid_1/581", "spurious", names.behaviour_target(9))
    told.judge("Bo", "resid_1/5", "skip", names.behaviour_target(8))
    shown = markup(open_page("find", by="Ada"))
    assert ids(listed(shown, "Features")) == ["resid_1/581"]
    assert ids(listed(shown, "Behaviours")) == ["9"]
    assert "judged by Ada" in shown and "judged by Bo" not in shown, "who skips has not judged"
    assert "Nothing found" in markup(open_page("find", by="Nobody <b>"))


def test_labels_notes_and_explanations_are_found_and_shown_literally(open_page, markup):
    told = world.judgements()
    told.label("<Ada>", "resid_1/5", HOSTILE)
    told.label("Ada", names.behaviour_target(9), "zebras & <i>lions</i>")
    told.note("Bo", "resid_1/6", f"zebras? {HOSTILE}")
    told.explanations.add([Explanation("resid_1/7", "imported: x", "zebras <s>", "{}")])
    shown = markup(open_page("find", q="zebras"))
    assert ids(listed(shown, "Behaviours")) == ["9"]
    assert ids(listed(shown, "Features")) == ["resid_1/7", "resid_1/6"]
    assert "<em>note by Bo</em>" in shown and "<em>explanation</em>" in shown
    assert "label by Ada" in shown and "&lt;i&gt;lions" in shown
    hostile = markup(open_page("find", q="onerror"))
    assert "&lt;img" in hostile and "<img" not in hostile and "label by &lt;Ada&gt;" in hostile


def test_a_kind_is_paged(open_page, markup):
    first = ids(listed(markup(open_page("find", q="her", kind="features")), "Features"))
    second = ids(listed(markup(open_page("find", q="her", kind="features", page=2)), "Features"))
    assert len(first) == len(second) == 50 and not {*first} & {*second}
    last = ids(listed(markup(open_page("find", q="her", kind="features", page=9999)), "Features"))
    assert 0 < len(last) <= 50


@pytest.mark.parametrize("asked", [{"kind": "x"}, {"figure": "x"}, {"low": "nan"}, {"page": "1e9"}])
def test_what_find_does_not_know_is_told(open_page, markup, asked):
    at = open_page("find", **asked)
    assert not at.exception and "Not found in this world" in markup(at)


def test_the_box_keeps_what_was_asked(open_page):
    at = open_page("find", q="her")
    assert at.text_input(key="find_q").value == "her"
    at.text_input(key="find_q").set_value(" himself ").run()
    assert at.query_params["q"] == ["himself"] or at.query_params["q"] == "himself"

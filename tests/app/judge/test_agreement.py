"""The Agreement part of the Judge page: figures, disagreements side by side, and what to do without them."""

from __future__ import annotations

import pytest

from app import world
from tests.markup import numbers_beside, parse, select


@pytest.fixture
def classifier(store):
    return store.classifiers.all()[0]


@pytest.fixture
def refs(store, classifier):
    return [str(f.ref) for f in store.classifiers.features(classifier.task.name)[:4]]


@pytest.fixture
def say(classifier, refs):
    """`say("Ada", "sr u")`: her judgements of the first features, a blank for none."""
    words = {"s": "spurious", "r": "relevant", "u": "unsure", "k": "skip"}

    def run(name: str, letters: str) -> None:
        for ref, letter in zip(refs, letters, strict=False):
            if letter in words:
                world.judgements().judge(name, ref, words[letter], classifier.circuit, seen="contexts")

    return run


@pytest.fixture
def shown(open_page, markup):
    def run(name: str | None = None, **parameters: object) -> str:
        at = open_page("judge", part="agreement", **parameters)
        at.session_state["annotator"] = name
        at.run()
        assert not at.exception, at.exception[0].message
        return markup(at)

    return run


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "Nobody has judged"),
        ({"Ada": "sr"}, "Only Ada has judged"),
        ({"Ada": "sr", "Bo": "  sr"}, "no feature that another has judged"),
        ({"Ada": "sk", "Bo": "k"}, "Only Ada has judged"),
    ],
)
def test_without_two_people_the_page_says_what_to_do(say, shown, said, told):
    for name, letters in said.items():
        say(name, letters)
    html = shown("Ada")
    assert select(html, contains=told) and select(html, role="link", text="the queue")


def test_figures_and_pairs(say, shown):
    say("Ada", "ssrr")
    say("Bo", "ssrs")
    html = shown("Ada")
    assert "75 %" in parse(html).text  # three of four features
    assert numbers_beside(html, "Krippendorff’s α") == [pytest.approx(1 - 7 / (5 * 3), abs=0.006)]
    assert select(html, text="Ada · Bo")[0].parent.text.endswith("475 %0.50")
    assert "8 of 8 judgements were made blind" in parse(html).text


def test_disagreements_stand_side_by_side_with_notes(say, shown, refs):
    say("Ada", "ssrr")
    say("Bo", "ssru")
    say("Cy", "r")
    world.judgements().note("Bo", refs[3], "a <b>full</b> stop")
    html = shown("Ada")
    rows = [row for row in select(html, role="link") if refs[3] in row.text or refs[0] in row.text]
    assert len(rows) == 2
    (last,) = (row for row in rows if refs[3] in row.text)
    assert "relevant" in last.text and "unsure" in last.text and "a <b>full</b> stop" in last.text
    assert refs[3].replace("/", "%2F") in (last.value or "")


def test_blind_hides_what_one_has_not_decided(say, shown, refs):
    say("Ada", "sr")
    say("Bo", "rs")
    say("Cy", "s")
    html = shown("Cy")
    assert select(html, contains="1 disagreement is hidden until you decide")
    assert [r for r in select(html, role="link") if refs[0] in r.text]
    assert not [r for r in select(html, role="link") if refs[1] in r.text]
    assert not [r for r in select(shown(), role="link") if refs[0] in r.text], "nor who gave no name"
    assert [r for r in select(shown("Cy", blind="no"), role="link") if refs[1] in r.text]


def test_where_all_say_the_same_alpha_is_not_claimed(say, shown):
    say("Ada", "ss")
    say("Bo", "ss")
    text = parse(shown("Ada")).text
    assert "100 %" in text and "not defined" in text and "None: all who judged" in text

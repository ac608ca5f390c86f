"""Patterns and their scores are shown where a feature is read, and name it where nobody else does."""

from __future__ import annotations

import pytest

from explorer_engine.drawing.feature_parts import pattern
from explorer_engine.store.values import FeaturePattern
from tests.markup import parse, select
from tests.worlds import PATTERN, build_world, without


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("patterns") / "world")


@pytest.fixture
def shown(whole, open_page, markup, monkeypatch):
    """`shown("features", feature="attn_0/2")`: what the page sends."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(whole))

    def run(page: str, **parameters: object) -> str:
        at = open_page(page, **parameters)
        assert not at.exception
        return markup(at)

    return run


def test_the_features_page_names_by_the_pattern_and_shows_its_score(shown):
    html = shown("features", feature="attn_0/2")
    assert "<b>bold</b>" not in html, "text of the corpus is escaped"
    assert PATTERN in parse(html).text and "label by its pattern" in parse(html).text
    (score,) = select(html, class_="pattern-score")
    assert score.text.split() == ["accuracy", "0.94", "correlation", "0.81"]
    assert "7 documents" in html, "the hint says what it was tested on"


def test_it_says_that_there_is_no_simple_pattern(shown):
    assert "no simple pattern" in shown("features", feature="resid_0/3")
    assert "no simple pattern" in shown("circuit", circuit="pairs-0", node="resid_0/3@1")


def test_features_are_found_by_their_patterns(shown):
    html = shown("features", q="bold")
    assert "attn_0/2" in html and "resid_0/2" not in html


def test_worlds_that_have_none_say_nothing_of_them(tmp_path, open_page, markup, monkeypatch):
    world = build_world(tmp_path / "world", without("names by patterns"))
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    html = markup(open_page("features", feature="attn_0/2"))
    assert not select(html, class_="pattern") and "label by" not in html


def test_the_words_are_left_out_where_they_are_the_title_already():
    found = FeaturePattern("the after “that”", 0.9, 0.8, 5)
    assert "that" in pattern(found, "relative clauses") and "that”" not in pattern(found, "the after “that”")
    assert pattern(None, None) == ""

"""Explanations by programs: each kept once, all or none, as they came; looked up and searched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer_engine.store.explanations import Explanation, Explanations
from explorer_engine.store.judgements import JudgementStore

SOURCE = "imported: neuronpedia, gpt-4o-mini"


@pytest.fixture
def found(tmp_path) -> Iterator[Explanations]:
    opened = JudgementStore(tmp_path / "judgements.duckdb")
    yield opened.explanations
    opened.close()


def explanation(target: str, text: str, original: str = "{}", source: str = SOURCE) -> Explanation:
    return Explanation(target, source, text, original)


def test_each_is_kept_once_and_all_come_back_in_order(found):
    given = [explanation(f"resid_0/{i}", f"text \0 {i} <b>", f'{{"i": {i}}}') for i in range(30_000)]
    assert found.add([*given, given[3]]) == 30_000
    assert found.add(iter(given)) == 0
    assert found.add([explanation("resid_0/3", "another model's", source="imported: x")]) == 1
    assert list(found.all()) == [*given, explanation("resid_0/3", "another model's", source="imported: x")]
    assert found.n == 30_001


def test_a_reader_that_fails_leaves_nothing(found):
    def failing():
        yield from (explanation(f"embed/{i}", "text") for i in range(25_000))
        raise ValueError

    with pytest.raises(ValueError):
        found.add(failing())
    assert (found.n, list(found.all())) == (0, [])


def test_the_newest_is_shown_and_all_are_there(found):
    found.add(
        [explanation("embed/1", "old"), explanation("embed/1", "new", "[]"), explanation("embed/2", "x")]
    )
    assert [e.text for e in found.of("embed/1")] == ["new", "old"]
    assert found.texts({"embed/1", "embed/2", "embed/3"}) == {"embed/1": "new", "embed/2": "x"}
    assert found.texts(set()) == {} and found.of("'; DROP TABLE explanation") == ()


def test_a_search_finds_words_and_no_wildcards(found):
    found.add(
        explanation(f"embed/{i}", text)
        for i, text in enumerate(["Red", "red fox", "fox_%", "blue", "embed/1"])
    )
    assert found.search("RED").keys() == {"embed/0", "embed/1"}
    assert found.search("fox red").keys() == {"embed/0", "embed/1", "embed/2"}
    assert found.search("_%").keys() == {"embed/2"}
    assert found.search("") == {} and found.search("embed/1") == {}

"""Words of contexts: against a search of each context's text, one by one."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from explorer_engine.finding.contexts import BEFORE, ContextTexts
from explorer_engine.finding.words import ABSENT, WHOLE, grade, letter

TOKENS = ("<s>", " the", " tea", "cher", " her", "self", ",", " a", "b", "\n")


@pytest.fixture
def drawn() -> tuple[list[list[int]], list[tuple[int, int, int, int]]]:
    """Documents, and contexts as (document, position, behaviour, rank)."""
    draw = random.Random(0)
    documents = [[draw.randrange(len(TOKENS)) for _ in range(draw.randrange(1, 90))] for _ in range(40)]
    contexts = [
        (d, draw.randrange(len(documents[d])), i % 7, i // 7)
        for i, d in enumerate(draw.randrange(40) for _ in range(200))
    ]
    return documents, contexts


def texts_of(documents: list[list[int]], contexts: list[tuple[int, int, int, int]]) -> ContextTexts:
    columns = np.array(contexts, np.int64).reshape(-1, 4).T
    return ContextTexts.of(documents, TOKENS, *columns, n_owners=7)


@pytest.mark.parametrize("word", ["her", "teacher", "herself", ",", "the", "tea", "ab", "b", "absent"])
def test_holding_is_what_reading_each_context_finds(drawn, word: str) -> None:
    documents, contexts = drawn
    found = texts_of(documents, contexts)
    whole, anyhow = found.holding(word)
    expected: dict[tuple[int, int], tuple[bool, bool]] = {}
    for d, p, behaviour, rank in contexts:
        text, ends = "", []
        for token in documents[d]:
            text += TOKENS[token]
            ends.append(len(text))
        first = ends[max(0, p - BEFORE) - 1] if p > BEFORE else 0
        places = [m for m in re.finditer(r"\w+|[^\w\s]+", text) if first < m.end() <= ends[p]]
        held = [m.group() for m in places]
        grades = [grade(h, word) for h in held]
        parts = not letter(word) and min(grades, default=ABSENT) < ABSENT
        expected[behaviour, rank] = WHOLE in grades, WHOLE in grades or parts
    keys = zip(found.owner.tolist(), found.rank.tolist(), strict=True)
    assert {k: (bool(w), bool(a)) for k, w, a in zip(keys, whole, anyhow, strict=True)} == expected
    assert word in ("absent", "b") or any(a for _, a in expected.values())


def test_shares_are_of_a_behaviours_own_contexts(drawn) -> None:
    found = texts_of(*drawn)
    whole, _ = found.holding("her")
    shares = found.shares(whole)
    for behaviour in range(7):
        own = found.owner == behaviour
        assert shares[behaviour] == pytest.approx(whole[own].mean())


def test_the_context_shown_holds_most_words_and_is_the_most_certain(drawn) -> None:
    found = texts_of(*drawn)
    held = [found.holding(word)[0] for word in ("her", "the")]
    for behaviour, rank in found.firsts(held, range(7)).items():
        own = found.owner == behaviour
        both = held[0][own].astype(int) + held[1][own]
        assert rank == min(found.rank[own][both == both.max()])
    assert found.firsts([found.holding("absent")[0]], range(7)) == {}


def test_no_contexts() -> None:
    found = texts_of([], [])
    whole, anyhow = found.holding("her")
    assert not len(whole) and not len(anyhow) and not found.shares(whole).any()

"""Sets of tokens are called what a reader would call them."""

from __future__ import annotations

import pytest

from explorer_engine.naming.terms import called


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ([" are", " were"], "are, were"),
        (["."], "full stop"),
        (["\n", " "], "line break, blank"),
        ([" She", "She", "she"], "She, she"),
        (["<b>", "`$x`"], "“<b>”, “`$x`”"),
        ([" Monday", " Tuesday", " Friday", "Sunday"], "weekdays"),
        ([" is", " are", " was", " were"], "forms of be like is, are, was"),
        ([" at", " in", " from", " near"], "prepositions like at, in, from"),
        ([" 1964", " 1970", " 2003", " 1999"], "years"),
        ([" 12", " 7", " 40", " 3"], "numbers like 12, 7, 40"),
        ([" doors", " cats", " cars", " boys"], "words in -s like doors, cats, cars"),
        ([" Oslo", " Paris", " Rome", " Lima"], "capitalised words like Oslo, Paris, Rome"),
        (["ing", "tion", "able", "ness"], "word pieces like ing, tion, able"),
        ([" cat", " is", ".", " 7"], "tokens like cat, is, full stop"),
    ],
)
def test_called(tokens, words):
    assert called(tokens) == words


def test_tokens_of_a_context_stand_in_quotation_marks():
    assert called([" that", "."], quotes=True) == "“that”, full stop"

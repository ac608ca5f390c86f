"""A name made from contexts says what is predicted, after what, and what tells the contexts from others."""

from __future__ import annotations

import numpy as np

from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.naming import AutomaticNames
from explorer_engine.behaviours.values import AUTOMATIC

WORDS = ["\n", " def", " the", " a", " b", ".", " to", "  ", " c"]
NEWLINE, DEF, THE, A, B, DOT, TO, BLANKS, C = range(len(WORDS))


def name(documents: list[list[int]], rows: list[int]) -> tuple[str, str]:
    """Of the predictions of each document's last token."""
    last = np.array([len(d) - 1 for d in documents])
    answers = np.array([d[-1] for d in documents])
    predictions = Predictions(np.arange(len(documents)), last, answers, np.zeros(len(documents)))
    return AutomaticNames(documents, predictions, WORDS.__getitem__)(np.array(rows))


def test_answer_and_the_token_before_it() -> None:
    words, grounds = name([[THE, DOT, NEWLINE], [A, DOT, NEWLINE], [B, THE, TO]], [0, 1])
    assert words == "A new line after ‘.’"
    assert grounds == f"{AUTOMATIC}answers a new line 100 %; before them ‘.’ 100 %"


def test_a_token_further_back_that_few_others_have_is_told() -> None:
    documents = [[DEF, A, TO], [DEF, B, TO], *[[THE, C, DOT]] * 6]
    assert name(documents, [0, 1])[0] == "‘to’ after ‘a’ / ‘b’; beside ‘def’"


def test_a_token_that_stands_everywhere_is_not_told() -> None:
    documents = [[DEF, A, TO], [DEF, B, TO], *[[DEF, C, DOT]] * 6]
    assert "def" not in name(documents, [0, 1])[0]


def test_many_different_answers_are_counted() -> None:
    answers = [NEWLINE, DEF, THE, A, B, BLANKS]
    words, grounds = name([[C, answer] for answer in answers], list(range(6)))
    assert words == "6 different tokens after ‘c’"
    assert "a new line 17 %" in grounds

"""The worst word decides, whole before part; then all words, then strength."""

import numpy as np

from explorer_engine.finding.ranking import Ranked, cost, nothing, put, ranked
from explorer_engine.finding.words import PART, WHOLE


def order(*words, among=None) -> list[int]:
    n = len(words[0])
    return ranked(words, np.arange(n)[::-1], among).best(0, 99)


def test_a_whole_word_anywhere_comes_before_a_part_in_the_best_place() -> None:
    costs = nothing(3)
    put(costs, [0], cost(PART, 0))
    put(costs, [2], cost(WHOLE, 900))
    assert order(costs) == [2, 0], "and what does not match does not come"


def test_every_word_must_match_and_the_worst_decides() -> None:
    one, two = nothing(3), nothing(3)
    put(one, [0, 1, 2], cost(WHOLE, 10))
    put(two, [0], cost(PART, 0))
    put(two, [1], cost(WHOLE, 500))
    assert order(one, two) == [1, 0]


def test_the_best_match_of_a_row_counts_and_ties_go_by_strength() -> None:
    costs = nothing(3)
    put(costs, [1, 1, 0], cost(np.array([PART, WHOLE, WHOLE], np.uint8), 5))
    assert order(costs) == [1, 0], "the stronger first"
    assert order(costs, among=np.array([True, False, True])) == [0]


def test_without_words_all_rows_come_by_strength() -> None:
    found = ranked([], np.array([2, 0, 1]), None)
    assert found.best(0, 2) == [1, 2] and found.best(2, 2) == [0] and found.best(3, 2) == []
    assert Ranked(np.zeros(0, np.int64), np.zeros(0, np.int64)).best(0, 5) == []


def test_places_far_down_still_cost_less_than_another_grade() -> None:
    assert cost(WHOLE, 5000.0) < cost(PART, 0)

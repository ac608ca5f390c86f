"""Parts of naming by themselves: texts and their ends, halves of contexts, matching, scores, classes."""

from __future__ import annotations

import numpy as np
import pytest

from explorer_engine.dashboards.values import FeatureContext
from explorer_engine.naming.classes import token_classes
from explorer_engine.naming.evidence import Evidence, halves, seen
from explorer_engine.naming.matching import holds, predicted
from explorer_engine.naming.scoring import score
from explorer_engine.naming.texts import Texts, is_boundary
from explorer_engine.naming.values import EARLIER, Condition, Pattern, Rule
from tests.explorer_engine.naming.grammar import END, ID, PLURAL, REF, SINGULAR, WORDS, documents

TEXTS = Texts([[ID["She"], ID[" sees"], ID["."], ID[END], ID["He"]], [ID["He"], ID["."]]], WORDS)


def context(document: int, rank: int) -> FeatureContext:
    return FeatureContext(REF, 0, rank, document, 1, 2.0, 0, 2.0, (0, 255))


@pytest.mark.parametrize(("token", "is_one"), [(END, True), ("<s>", True), ("<b>", False), (".", False)])
def test_marks_between_texts_are_known(token, is_one):
    assert is_boundary(token) is is_one


def test_nothing_is_seen_beyond_the_boundary_of_a_text():
    start = TEXTS.starts[0]
    after, before = TEXTS.at(np.array([start + 4, start + 2]), EARLIER)
    assert (after == -1).all()
    assert before[:2].tolist() == [ID[" sees"], ID["She"]] and (before[2:] == -1).all()
    assert TEXTS.at(np.array([TEXTS.starts[1]]), -1).tolist() == [TEXTS.boundary]


def test_places_of_a_token_are_all_of_them_or_a_spread():
    assert TEXTS.tokens[TEXTS.places_of(ID["He"], 9)].tolist() == [ID["He"]] * 2
    assert len(TEXTS.places_of(ID["He"], 1)) == 1


def test_halves_share_no_document_and_are_alike_in_size():
    mine, others = halves([context(document, rank) for rank, document in enumerate([0, 1, 0, 2, 3, 1])])
    assert not {c.document for c in mine} & {c.document for c in others}
    assert len(mine) == len(others) == 3


def test_a_place_that_two_windows_show_counts_once():
    found = seen([context(0, 0), context(0, 1), context(1, 2)], TEXTS, {0: 0, 1: 1})
    assert len(found.places) == 4 and found.activation.tolist() == [0, 2, 0, 2]


def test_all_conditions_of_a_rule_must_hold_and_the_strongest_rule_counts():
    stop, she = Condition(0, (ID["."],)), Condition(EARLIER, (ID["She"],))
    assert TEXTS.tokens[TEXTS.places[holds([stop], TEXTS, TEXTS.places)]].tolist() == [ID["."]] * 2
    pattern = Pattern((Rule((stop,), 1.0, 0.5), Rule((stop, she), 3.0, 0.5)))
    assert predicted(pattern, TEXTS, TEXTS.places).tolist() == [0, 0, 3, 0, 0, 0, 1]


def test_a_perfect_pattern_scores_one_and_none_a_half():
    places = TEXTS.places
    truth = Evidence(places, (TEXTS.tokens[places] == ID["."]) * 2.0, np.zeros(len(places), int))
    nowhere = np.array([], dtype=int)
    perfect = score(Pattern((Rule((Condition(0, (ID["."],)),), 2.0, 1.0),)), truth, TEXTS, nowhere, 1.0, 0.1)
    assert (perfect.accuracy, perfect.correlation) == (1, pytest.approx(1))
    nothing = score(Pattern(()), truth, TEXTS, nowhere, 1.0, 0.1)
    assert (nothing.accuracy, nothing.correlation) == (0.5, 0)


def test_tokens_between_the_same_neighbours_are_of_one_class():
    classes = token_classes(Texts(list(documents().values()), WORDS))
    coarse = classes.labels[2]
    nouns = {int(coarse[ID[word]]) for word in (*SINGULAR, *PLURAL)}
    assert len(nouns) <= 2 and int(coarse[ID["."]]) not in nouns
    assert (classes.labels[0] == np.arange(len(WORDS) + 1)).all()
    assert (classes.labels[:, -1] == len(WORDS)).all(), "the boundary is of no class"
    assert (classes.common >= 0).all() and (classes.common <= 1).all()

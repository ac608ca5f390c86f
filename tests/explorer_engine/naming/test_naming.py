"""A feature whose cause is known is named by it, and one without a simple cause is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer_engine.naming.naming import name_feature
from explorer_engine.naming.values import HERE
from tests.explorer_engine.naming.grammar import END, OPTIONS, PLURAL, SEES, WORDS, feature, world


@pytest.fixture(scope="module")
def here():
    return world()


def name_of(here, cause, *promoted):
    texts, by = here
    return name_feature(*feature(texts, cause, promoted), by, OPTIONS)


def test_a_token_is_named_with_what_follows_and_is_promoted(here):
    name = name_of(here, lambda words, k: words[k] == "She", " cats", *SEES)
    assert name.text == "She · promotes sees, likes, fears"
    assert name.score.accuracy == 1 and name.score.correlation > 0.95


def test_promoted_tokens_that_do_not_come_true_are_not_told(here):
    assert name_of(here, lambda words, k: words[k] == "She", " cats", " dogs").text == "She"


def test_what_stands_before_is_told(here):
    assert (
        name_of(here, lambda words, k: words[k - 1 : k + 1] == [" that", " the"]).text == "the after “that”"
    )


def test_a_class_stands_for_its_members(here):
    name = name_of(here, lambda words, k: words[k] in PLURAL and words[k - 2] == " that")
    (rule,) = name.pattern.rules
    members = next(condition.tokens for condition in rule.conditions if condition.slot == HERE)
    assert {WORDS[token] for token in members} <= {*PLURAL} and len(members) > 2
    assert name.text.endswith(" two tokens after “that”")


def test_what_stands_anywhere_earlier_in_the_text_is_told(here):
    def cause(words, k):
        start = max((i for i in range(k) if words[i] == END), default=-1)
        return words[k] == "." and "She" in words[start + 1 : k]

    name = name_of(here, cause)
    assert name.text == "full stop somewhere after “She”"
    assert name.score.accuracy > 0.95


def test_the_start_of_a_text_is_no_token(here):
    name = name_of(here, lambda words, k: words[k] == "The" and (k == 0 or words[k - 1] == END))
    assert name.text == "The at the start of a text"


def test_of_two_causes_both_are_told(here):
    name = name_of(here, lambda words, k: words[k] == "He" or words[k - 1 : k + 1] == [" that", " the"])
    assert "He" in name.text and "the" in name.text and "after “that”" in name.text
    assert name.score.accuracy > 0.95


def test_without_a_simple_pattern_there_is_no_name_but_a_score(here):
    draw = np.random.default_rng(0)
    name = name_of(here, lambda words, k: draw.random() < 0.02)
    assert name.text is None
    assert name.score.accuracy < OPTIONS.bar


def test_the_bar_decides(here):
    texts, by = here
    known = feature(texts, lambda words, k: words[k] == "She")
    assert name_feature(*known, by, replace(OPTIONS, bar=1.01)).text is None


def test_too_few_contexts_make_no_pattern(here):
    texts, by = here
    figures, contexts = feature(texts, lambda words, k: words[k] == "She")
    assert name_feature(figures, contexts[:3], by, OPTIONS) is None
    assert name_feature(figures, [contexts[0]] * 8, by, OPTIONS) is None, "all of one document"


def test_the_same_again_gives_the_same(here):
    texts, by = here
    known = feature(texts, lambda words, k: words[k] in PLURAL)
    assert name_feature(*known, by, OPTIONS) == name_feature(*known, world()[1], OPTIONS)

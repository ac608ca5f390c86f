"""Automatic readers: what they call spurious follows from the words before the peak alone."""

from __future__ import annotations

import pytest

from explorer_engine.shift.readers import READERS, Reader, TaskWords, spurious_to
from explorer_engine.sites import FeatureRef

WORDS = TaskWords(
    attributes=(frozenset({"he", "his", "john"}), frozenset({"she", "her", "mary"})),
    labels={"nurse": frozenset({"ward", "clinic"}), "chef": frozenset({"diner"})},
    names=frozenset({"john", "mary"}),
)
REF = FeatureRef.parse("resid_2/5")


def is_spurious(reader: Reader, *texts: str) -> bool:
    return spurious_to(reader, {REF: texts}, WORDS) == {REF}


def test_a_feature_that_follows_one_attribute_is_spurious() -> None:
    assert is_spurious(Reader(), "She sleeps.", "Her house is big.", "The house of Mary", "Today he and she")
    assert not is_spurious(Reader(), "She sleeps.", "He sleeps.", "Her house", "His house")
    assert not is_spurious(Reader(), "The house is big.", "It rains.", "A day", "A night")


def test_a_feature_that_follows_one_label_is_not() -> None:
    on_the_ward = ["She works on the ward.", "Her clinic", "She sees the ward", "She likes the clinic"]
    assert not is_spurious(Reader(), *on_the_ward)
    assert is_spurious(Reader(), *on_the_ward[:2], "She sees the diner", "She sleeps")


def test_the_last_word_or_most_of_them_decide() -> None:
    texts = ("He and his dog saw her",) * 4
    assert not is_spurious(Reader(looks_at="most", share=1.0), *texts[:2], "She", "Her")
    last = spurious_to(Reader(looks_at="last", share=1.0), {REF: (*texts, "She")}, WORDS)
    most = spurious_to(Reader(looks_at="most", share=1.0), {REF: (*texts, "He")}, WORDS)
    assert last == most == {REF}


def test_names_count_for_readers_who_know_them() -> None:
    assert is_spurious(Reader(knows_names=True), "Mary", "Mary sleeps")
    assert not is_spurious(Reader(knows_names=False), "Mary", "Mary sleeps")


@pytest.mark.parametrize("share, spurious", [(0.75, True), (0.76, False)])
def test_the_share_is_of_the_contexts_that_are_read(share: float, spurious: bool) -> None:
    texts = ("She", "Her", "She", "It", "He", "He")
    assert is_spurious(Reader(share=share, contexts=4), *texts) is spurious


def test_no_contexts_no_verdict_and_readers_differ() -> None:
    assert spurious_to(Reader(), {REF: ()}, WORDS) == frozenset()
    assert len(set(READERS)) == len(READERS) == len({str(reader) for reader in READERS})

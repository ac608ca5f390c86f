"""Texts are known again, and each has a place of its own between 0 and 1."""

from __future__ import annotations

import pytest

from precompute.texts.hashing import Seen, place_of


def test_a_text_is_new_once():
    seen = Seen()
    assert [seen.add(text) for text in ("a", "b", "a")] == [True, True, False]


def test_places_are_even_and_depend_on_text_and_salt_alone():
    places = [place_of(str(n), "salt") for n in range(2000)]
    assert all(0 <= place < 1 for place in places)
    assert sum(places) / len(places) == pytest.approx(0.5, abs=0.03)
    assert places == [place_of(str(n), "salt") for n in range(2000)]
    assert places != [place_of(str(n), "pepper") for n in range(2000)]

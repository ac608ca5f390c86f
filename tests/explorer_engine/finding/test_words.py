"""A word stands whole, at a beginning, inside, or not at all; marks are where it stands best."""

from __future__ import annotations

import pytest

from explorer_engine.finding.words import ABSENT, PART, START, WHOLE, asked, grade, grade_in, low, marked


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("her", "her", WHOLE),
        ("‘his’ / ‘her’ for", "her", WHOLE),
        ("herself", "her", START),
        ("teacher", "her", PART),
        ("teacher, her", "her", WHOLE),
        ("there herself", "her", START),
        ("him", "her", ABSENT),
        ('."', ".", WHOLE),
        ("</b>", "</", WHOLE),
        ("a1", "1", PART),
        ("", "her", ABSENT),
        ("her", "", ABSENT),
    ],
)
def test_how_a_word_stands(text: str, word: str, found: int) -> None:
    assert grade(text, word) == found


def test_the_best_of_several_texts_counts() -> None:
    assert grade_in(["teacher", "herself"], "her") == START
    assert grade_in([], "her") == ABSENT


def test_only_whole_words_are_marked_where_there_are_some() -> None:
    text = "There HER herself"
    assert [text[a:b] for a, b in marked(text, ["her"])] == ["HER"]
    assert [text[a:b] for a, b in marked(text, ["ther", "there"])] == ["There"]
    assert marked("nothing", ["her"]) == []


def test_small_letters_keep_their_places() -> None:
    assert len(low("İstanbul")) == len("İstanbul")
    text = "İİ her"
    assert [text[a:b] for a, b in marked(text, ["her"])] == ["her"]


def test_a_search_is_few_words_each_once() -> None:
    assert asked("Her  her␣HIM \n") == ("her", "him")
    assert len(asked(" ".join(map(str, range(99))))) == 6
    assert len(asked("x" * 5000)[0]) == 200

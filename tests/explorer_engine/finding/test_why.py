"""Reasons are what holds a word best; a passage keeps its mark in sight."""

from __future__ import annotations

from explorer_engine.finding.why import Known, passage, reasons

NAME = Known("name", ("the teacher",), titled=True)
ANSWER = Known("answer", (" him", " Her"), tokens=True)
CONTEXT = Known("context", ("gave it to there",), after=" her")


def test_only_what_matches_best_is_a_reason() -> None:
    found = reasons(["her"], [NAME, ANSWER, CONTEXT])
    assert [known.field for known in found] == ["answer", "context"]
    assert found[0].texts == (" Her",), "only the answer that matches"
    assert reasons(["her"], [NAME]) == (NAME,), "a part, where nothing is whole"


def test_each_word_has_its_reason() -> None:
    assert [k.field for k in reasons(["teacher", "him"], [NAME, ANSWER])] == ["name", "answer"]
    assert reasons(["zebra"], [NAME, ANSWER]) == ()
    assert reasons([], [NAME]) == ()


def told(text: str, word: str, longest: int, last: bool = False) -> str:
    return "".join(f"[{s.text}]" if s.mark else s.text for s in passage(text, [word], longest, last))


def test_a_long_text_is_cut_around_the_mark() -> None:
    text = "a" * 50 + " her " + "b" * 50 + " her " + "c" * 50
    assert told("to her", "her", 20) == "to [her]"
    for last, letter in ((False, "a"), (True, "b")):
        shown = told(text, "her", 30, last)
        assert "[her]" in shown and shown.startswith(f"…{letter}") and shown.endswith("…")
        assert len(shown) <= 34
    assert told("x" * 50, "her", 10) == "x" * 10 + "…"
    assert told("x" * 50, "her", 10, last=True) == "…" + "x" * 10


def test_what_is_shown_is_the_text_itself() -> None:
    text = "<b>her & him"
    assert "".join(s.text for s in passage(text, ["b", "her"], 99)) == text

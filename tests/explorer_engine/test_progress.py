"""What the engine tells of its work."""

from __future__ import annotations

from explorer_engine.progress import told


def test_it_tells_before_the_first_and_after_each() -> None:
    heard: list[tuple[int, int, str]] = []
    items = told("ab", lambda *said: heard.append(said), "letters")
    assert next(items) == "a" and heard == [(0, 2, "letters")]
    assert list(items) == ["b"] and heard[1:] == [(1, 2, "letters"), (2, 2, "letters")]
    assert list(told([1, 2], None, "numbers")) == [1, 2]

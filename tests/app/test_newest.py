"""One value a folder, of its newest version, made once; the one used longest ago goes first."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from app.newest import Newest

A, B, C = Path("a"), Path("b"), Path("c")


def test_another_version_takes_the_place_of_the_old_one_and_of_no_other():
    released: list[str] = []
    kept: Newest[str] = Newest(2, released.append)
    assert kept.get(A, 1, lambda: "a1") == kept.get(A, 1, lambda: "again") == "a1"
    kept.get(B, 1, lambda: "b1")
    assert kept.get(A, 2, lambda: "a2") == "a2" and released == ["a1"]
    kept.get(C, 1, lambda: "c1")
    assert released == ["a1", "b1"]
    kept.clear()
    assert released == ["a1", "b1", "a2", "c1"]


def test_a_failure_keeps_what_was_there_and_is_not_remembered():
    kept: Newest[str] = Newest(2)
    with pytest.raises(ZeroDivisionError):
        kept.get(A, 1, lambda: str(1 // 0))
    assert kept.get(A, 1, lambda: "a1") == "a1"


def test_a_slow_one_does_not_hold_up_the_others():
    kept: Newest[str] = Newest(2)
    begun, end = Event(), Event()

    def slow() -> str:
        begun.set()
        assert end.wait(20)
        return "a1"

    thread = Thread(target=lambda: kept.get(A, 1, slow))
    thread.start()
    assert begun.wait(20) and kept.get(B, 1, lambda: "b1") == "b1"
    end.set()
    thread.join(20)
    assert kept.get(A, 1, lambda: "again") == "a1"

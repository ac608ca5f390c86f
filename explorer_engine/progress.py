"""How the engine tells what it has done, and times in words: it draws nothing, whoever calls it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["Progress", "duration", "told"]

T = TypeVar("T")

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what): so many of so many pieces of `what` are done."""


def told(items: Sequence[T], progress: Progress | None, what: str, before: int = 0) -> Iterator[T]:
    """Go through items and tell before the first and after each how many are done.

    `before`: so many more were done earlier (by a run that was killed).
    """
    total = before + len(items)
    for done, item in enumerate(items, before):
        if progress is not None and done == before:
            progress(done, total, what)
        yield item
        if progress is not None:
            progress(done + 1, total, what)


def duration(seconds: float) -> str:
    """Seconds as a person says them: “48 s”, “12 min”, “2 h 5 min”."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"

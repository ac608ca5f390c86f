"""How the engine tells what it has done, times and sizes in words; it draws nothing, whoever calls it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["Progress", "duration", "of_bytes", "told"]

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


def of_bytes(size: float) -> str:
    """Bytes as a person says them: “60 kB”, “120 MB”, “7.9 GB”."""
    if size < 1e6:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"

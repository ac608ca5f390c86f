"""How the engine tells what it has done: it draws nothing, whoever calls it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["Progress", "told"]

T = TypeVar("T")

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what): so many of so many pieces of `what` are done."""


def told(items: Sequence[T], progress: Progress | None, what: str) -> Iterator[T]:
    """Go through items and tell before the first and after each how many are done."""
    for done, item in enumerate(items):
        if progress is not None and not done:
            progress(0, len(items), what)
        yield item
        if progress is not None:
            progress(done + 1, len(items), what)

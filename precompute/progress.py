"""Progress with time left, one line a stage, on the terminal or in a log file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

from explorer_engine.progress import Progress

__all__ = ["bars", "counted", "progress", "quiet", "say"]

T = TypeVar("T")

_lines = True
"""Whether this process writes lines that go forward."""


def quiet() -> None:
    """Write no lines that go forward from now on: this process is one of several that would mix theirs."""
    global _lines
    _lines = False


@contextmanager
def counted(title: str, total: int, start: int = 0) -> Iterator[Callable[[], None]]:
    """A line that goes forward at every call of what it gives; none for fewer than two things."""
    if total < 2:
        yield lambda: None
        return
    with _bar(title, total, start) as line:
        yield lambda: (line.update(), None)[1]


def progress(
    items: Iterable[T],
    title: str,
    total: int | None = None,
    start: int = 0,
    note: Callable[[], str] | None = None,
) -> Iterator[T]:
    """Go through items while one line says how far it is and how long it will take.

    `start` says how many were done before (a resumed run). In a log file, where no line can be rewritten, it
    reports every ten seconds at most. `note` is asked after each item for what the line ends with.
    """
    line = _bar(title, total, start, items)
    for item in line:
        yield item
        if note is not None:
            line.set_postfix_str(note(), refresh=False)


def bars() -> Progress:
    """A line for each thing that the engine tells of, with the time left; it ends with the thing."""
    bar: dict[str, tqdm[Any]] = {}

    def tell(done: int, total: int, what: str) -> None:
        line = bar.get(what) or bar.setdefault(what, _bar(what, total))
        line.update(done - line.n)
        if done >= total:
            bar.pop(what).close()

    return tell


def say(text: str = "") -> None:
    """A line for the person at the terminal."""
    tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()


def _bar(title: str, total: int | None, start: int = 0, items: Iterable[Any] | None = None) -> tqdm[Any]:
    return tqdm(
        items,
        desc=f"{title:<24}",
        total=total,
        initial=start,
        mininterval=0.3 if sys.stderr.isatty() else 10.0,
        file=sys.stderr,
        disable=not _lines,
        bar_format="{desc} {percentage:3.0f}% {n_fmt}/{total_fmt}  {elapsed} gone, {remaining} left{postfix}",
        leave=None,  # a line inside another goes away at its end
    )

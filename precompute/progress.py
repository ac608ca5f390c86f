"""Progress with time left, one line a stage, on the terminal or in a log file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

__all__ = ["progress", "say"]

T = TypeVar("T")


def progress(items: Iterable[T], title: str, total: int | None = None, start: int = 0) -> Iterator[T]:
    """Go through items while one line says how far it is and how long it will take.

    `start` says how many were done before (a resumed run). In a log file, where no line can be rewritten, it
    reports every ten seconds at most.
    """
    interval = 0.3 if sys.stderr.isatty() else 10.0
    yield from tqdm(
        items, desc=f"{title:<24}", total=total, initial=start, mininterval=interval, file=sys.stderr,
        bar_format="{desc} {percentage:3.0f}% {n_fmt}/{total_fmt}  {elapsed} gone, {remaining} left",
    )  # fmt: skip


def say(text: str = "") -> None:
    """A line for the person at the terminal."""
    tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()

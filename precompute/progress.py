"""Progress with time left, one line a stage, on the terminal or in a log file, and in a file for `status`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from explorer_engine.errors import printable

__all__ = ["Bars", "Underway", "bars", "counted", "quiet", "say", "written"]

_lines = True
"""Whether this process writes lines that go forward."""
_file: Path | None = None
"""Where bars write how far they are."""
_WRITTEN_EVERY = 2.0
"""Seconds."""


@dataclass(frozen=True)
class Underway:
    """How far a piece of work is."""

    what: str
    done: int
    total: int
    seconds_left: float
    note: str = ""


def quiet() -> None:
    """Write no lines that go forward from now on: this process is one of several that would mix theirs."""
    global _lines
    _lines = False


@contextmanager
def written(file: Path) -> Iterator[None]:
    """Inside, bars write how far they are (an `Underway` as JSON) to `file`, which goes away at the end."""
    global _file
    _file = file
    try:
        yield
    finally:
        _file = None
        file.unlink(missing_ok=True)


@contextmanager
def counted(title: str, total: int, start: int = 0) -> Iterator[Callable[[], None]]:
    """A line that goes forward at every call of what it gives; none for fewer than two things."""
    if total < 2:
        yield lambda: None
        return
    with _bar(title, total, start) as line:
        yield lambda: (line.update(), None)[1]


class Bars:
    """What `bars` gives."""

    def __init__(self) -> None:
        self._bars: dict[str, tuple[tqdm[Any], int, float]] = {}
        """Thing → its line, how much of it was done at first, and when that was."""
        self._note, self._next = "", time.monotonic() + _WRITTEN_EVERY

    def __call__(self, done: int, total: int, what: str) -> None:
        """As `Progress`."""
        now = time.monotonic()
        if what not in self._bars:
            self._bars[what] = _bar(what, total, done), done, now
        line, first, begun = self._bars[what]
        line.set_postfix_str(self._note, refresh=False)
        line.update(done - line.n)
        if _file is not None and now >= self._next and done > first:
            left = (now - begun) / (done - first) * (total - done)
            _file.parent.mkdir(exist_ok=True)
            _file.write_text(json.dumps(asdict(Underway(what, done, total, left, self._note))))
            self._next = now + _WRITTEN_EVERY
        if done >= total:
            self._bars.pop(what)
            self._note = ""
            line.close()

    def note(self, words: object) -> None:
        """What the line that goes forward next ends with."""
        self._note = str(words)


def bars() -> Bars:
    """A line for each thing that the engine tells of, with the time left; it ends with the thing.

    In a log file, where no line can be rewritten, it reports every ten seconds at most.
    """
    return Bars()


def say(text: str = "") -> None:
    """A line for the person at the terminal."""
    tqdm.write(printable(text), file=sys.stdout)
    sys.stdout.flush()


def _bar(title: str, total: int, start: int) -> tqdm[Any]:
    return tqdm(
        desc=f"{title:<24}",
        total=total,
        initial=start,
        mininterval=0.3 if sys.stderr.isatty() else 10.0,
        file=sys.stderr,
        disable=not _lines,
        bar_format="{desc} {percentage:3.0f}% {n_fmt}/{total_fmt}  {elapsed} gone, {remaining} left{postfix}",
        leave=None,  # a line inside another goes away at its end
    )

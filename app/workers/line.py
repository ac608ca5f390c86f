"""The line before a worker: who is served next, and who must give way."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from app.workers.job import Job

__all__ = ["Asked", "Line"]


@dataclass(eq=False)
class Asked:
    """A job that somebody asked for."""

    job: Job[Any]
    since: float
    """When it was, or what it took the place of."""
    due: float = field(init=False)
    """The line's order: first those whose time has come first."""
    askers: set[Hashable] = field(default_factory=set)
    dropped: threading.Event = field(default_factory=threading.Event)
    future: Future[Any] = field(default_factory=Future)
    failed: float | None = None
    """When it failed."""
    overtaken: bool = False
    """Whether it was told, while it ran, to let another go first."""

    def __post_init__(self) -> None:
        self.due = self.since + self.job.yields


class Line:
    """What waits; not safe by itself, so its owner holds a lock."""

    def __init__(self) -> None:
        self._waiting: list[Asked] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._waiting)

    def __contains__(self, asked: object) -> bool:
        return asked in self._waiting

    def add(self, asked: Asked) -> None:
        """Let it stand where its time puts it."""
        self._waiting.append(asked)

    def remove(self, asked: Asked) -> None:
        """Let it go; it must stand there."""
        self._waiting.remove(asked)

    def take(self) -> Asked | None:
        """What is due first, taken out; None where nothing waits."""
        if not self._waiting:
            return None
        first = min(self._waiting, key=lambda asked: asked.due)
        self.remove(first)
        return first

    def before(self, asked: Asked) -> int:
        """How many are due before this one, which need not stand there."""
        return sum(other.due < asked.due for other in self._waiting)

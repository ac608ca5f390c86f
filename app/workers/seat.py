"""A visitor's place at the workers: one question of each kind, which go with the tab that asked them."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, TypeVar

from app.workers.job import Job
from app.workers.worker import Worker

__all__ = ["Seat"]

T = TypeVar("T")


class Seat:
    """What one session wants to know: a new question takes the place of the last one of its kind."""

    def __init__(self) -> None:
        self._asked: dict[type, tuple[Worker, Job[Any]]] = {}

    def ask(self, worker: Worker, job: Job[T]) -> Future[T]:
        """The job's answer, now or later; the worker is free of what this session asked before."""
        known, before = self._asked.get(type(job), (worker, None))
        self._asked[type(job)] = (worker, job)
        if before is not None and known is not worker:  # the session looks at another world
            known.leave(before, self)
            before = None
        return worker.ask(job, self, before)

    def forget(self, kind: type[Job[Any]]) -> None:
        """The last question of this kind needs no answer any more."""
        if kind in self._asked:
            worker, job = self._asked.pop(kind)
            worker.leave(job, self)

    def leave(self) -> None:
        """Ask for nothing any more: the tab was closed."""
        for kind in tuple(self._asked):
            self.forget(kind)

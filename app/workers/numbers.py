"""A mark's numbers: of all texts at once where nobody is at work, else first of a sample of them."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from app.workers.seat import Seat
from app.workers.shift import Answer, First, Question
from app.workers.worker import Worker

__all__ = ["Numbers", "ask_numbers"]


@dataclass(frozen=True)
class Numbers:
    """What a session waits for after a mark."""

    all: Future[Answer] | None
    """Of all texts; None until those of a sample are there."""
    first: Future[Answer] | None = None
    """Of a sample of the texts; None where they are not asked for."""

    @property
    def next(self) -> Future[Answer]:
        """What is there first, or comes next."""
        due = self.first if self.all is None else self.all
        assert due is not None
        return due


def ask_numbers(seat: Seat, worker: Worker, question: Question) -> Numbers:
    """Ask for the numbers, or again for what was asked for: to be called until those of all texts are there.

    When others are at work, or come while it waits, first figures are asked for, several of which are worked
    out while all texts are read once; with those in hand one can wait, and of who marks again before the rest
    is there nobody has waited for the rest.
    """
    first = First(question)
    alone = not worker.busy(seat) or worker.works_on(question)
    if not worker.knows(first) and (alone or not question.can_be_sampled):
        return Numbers(seat.ask(worker, question))
    figures = seat.ask(worker, first)
    if not figures.done():
        seat.forget(Question)
        return Numbers(None, figures)
    return Numbers(seat.ask(worker, question), figures)

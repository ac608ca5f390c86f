"""Few models are in memory at once: whoever was idle longest makes place, and its answers stay."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.workers.room import Room
from app.workers.worker import Worker


@dataclass(frozen=True)
class Look:
    """A job that gives what it was given."""

    number: int = 0
    yields: float = 0.0

    def run(self, loaded, turn):
        return loaded.name


@dataclass(frozen=True)
class Wait:
    """A job that lasts until it is told to end."""

    begun: Event
    end: Event
    yields: float = 0.0

    def run(self, loaded, turn):
        self.begun.set()
        return self.end.wait(20)


@pytest.fixture
def workers():
    """Three workers in a room for two, by name; `closed`: whose models were let go of."""
    room, clock, closed = Room(2), count(), []

    def make(name: str) -> Worker:
        model = SimpleNamespace(name=name, close=lambda: closed.append(name))
        return Worker(lambda tell: cast(Any, model), room=room, clock=lambda: float(next(clock)))

    made = SimpleNamespace(**{name: make(name) for name in "abc"}, closed=closed)
    yield made
    for name in "abc":
        getattr(made, name).close().result(20)


def test_the_third_takes_the_place_of_the_one_idle_longest(workers):
    for worker in (workers.a, workers.b, workers.a):
        worker.ask(Look(len(workers.closed))).result(20)
    workers.a.ask(Look(1)).result(20)
    assert workers.closed == []
    assert workers.c.ask(Look()).result(20) == "c"
    assert workers.closed == ["b"] and workers.b.loaded is None and workers.a.loaded is not None
    assert workers.b.ask(Look()).result(0) == "b", "its answers are kept"
    assert workers.b.ask(Look(2)).result(20) == "b" and workers.closed == ["b", "a"]


def test_a_busy_one_is_not_interrupted(workers):
    begun, end = [Event(), Event()], Event()
    running = [w.ask(Wait(b, end)) for w, b in zip((workers.a, workers.b), begun, strict=True)]
    assert all(b.wait(20) for b in begun)
    third = workers.c.ask(Look())
    assert not third.done() and workers.closed == []
    end.set()
    assert all(future.result(20) for future in running)
    assert third.result(20) == "c" and len(workers.closed) == 1


def test_one_that_ends_leaves_its_place(workers):
    for worker in (workers.a, workers.b):
        worker.ask(Look()).result(20)
    workers.a.close().result(20)
    workers.c.ask(Look()).result(20)
    assert workers.closed == ["a"] and workers.b.loaded is not None

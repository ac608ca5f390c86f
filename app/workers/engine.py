"""The server's workers, one for each world: its one model serves SHIFT, sentences and circuits alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from app import settings, world
from app.newest import Newest
from app.workers.job import Job
from app.workers.numbers import Numbers, ask_numbers
from app.workers.room import Room
from app.workers.seat import Seat
from app.workers.shift import Question
from app.workers.worker import Worker

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld
    from explorer_engine.world.world import World

__all__ = ["ask", "forget", "numbers", "worker", "workers"]

T = TypeVar("T")

_MOST_LOADED = 2
"""Models in memory at once: those of the worlds used last. A third world's takes the place of one of them."""
_MOST_WORKERS = 16
"""Worlds whose answers are remembered."""


def _load(opened: World, device: str, tell: Callable[[str], None]) -> LoadedWorld:
    from explorer_engine.world.loaded import LoadedWorld

    return LoadedWorld(opened, device=device, tell=tell)


def _close(old: Worker) -> None:
    old.close()


@st.cache_resource(show_spinner=False)
def _room() -> Room:
    return Room(_MOST_LOADED)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.clear())
def _workers() -> Newest[Worker]:
    return Newest(_MOST_WORKERS, _close)


def worker() -> Worker:
    """The worker of the session's world; one published anew gets a new worker, and the old one ends."""
    found, device = world.current(), settings.device()

    def make() -> Worker:
        return Worker(partial(_load, found, device), room=_room())

    return _workers().get(found.path, (world.version(), device), make)


def workers() -> tuple[Worker, ...]:
    """Those of all worlds that somebody asked something of."""
    return _workers().values()


@st.cache_resource(scope="session", show_spinner=False, on_release=Seat.leave)
def _seat() -> Seat:
    """The session's own, until its tab is closed."""
    return Seat()


def ask(job: Job[T]) -> Future[T]:
    """The session's question to its world's worker, instead of the last one of this kind."""
    return _seat().ask(worker(), job)


def numbers(question: Question) -> Numbers:
    """The numbers of the session's mark, instead of those of the last one."""
    return ask_numbers(_seat(), worker(), question)


def forget(kind: type[Job[Any]]) -> None:
    """The session's last question of this kind needs no answer any more."""
    _seat().forget(kind)

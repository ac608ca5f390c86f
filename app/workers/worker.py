"""The worker: one thread that holds a world's model and does what pages ask of it, one job at a time.

Everything that runs the model queues here instead of fighting over the cores and the memory; pages never
wait longer than they want to. What needs torch is imported in the thread, so opening a page costs nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from app.discreet import discreet
from app.workers.room import Room
from explorer_engine.errors import InputError
from explorer_engine.progress import Progress

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["Dropped", "Job", "Turn", "Worker", "outcome"]

_log = logging.getLogger(__name__)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Dropped(Exception):
    """Nobody waits for this job any more."""


@dataclass(frozen=True)
class Turn:
    """What a running job says and hears."""

    tell: Callable[[str], None]
    """What is being done, in words."""
    progress: Progress
    """How much of that is done; the page counts in per cent, so what is counted goes unsaid."""
    dropped: Callable[[], bool]
    """Whether nobody waits any more: a long job asks now and then, and ends."""


class Job(Hashable, Protocol[T_co]):
    """Something to be done with the model; jobs that are equal are the same and have one answer."""

    def run(self, loaded: LoadedWorld, turn: Turn) -> T_co:
        """Do it, in the worker's thread. InputError: what was asked for cannot be done."""
        ...


@dataclass
class _Asked:
    """A job that somebody asked for."""

    dropped: threading.Event = field(default_factory=threading.Event)
    askers: int = 1
    future: Future[Any] = field(default_factory=Future)
    failed: float | None = None
    """When it failed."""


class Worker:
    """Jobs in, futures out; answers are remembered, and a job that its askers have left is stopped."""

    def __init__(
        self,
        load: Callable[[Callable[[str], None]], LoadedWorld],
        *,
        kept: int = 512,
        retry: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        room: Room | None = None,
    ) -> None:
        """`load` is called in the thread with what it tells its stages to; it is tried again if it fails.

        `kept`: answers remembered; `retry`: seconds until a job that failed is tried again; `room`: what the
        model is kept in, shared with other workers.
        """
        self._room, self._used = room, 0.0
        self._load, self._kept, self._retry, self._clock = load, kept, retry, clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._lock = threading.Lock()
        self._asked: OrderedDict[Job[Any], _Asked] = OrderedDict()
        self._loaded: LoadedWorld | None = None
        self._stage, self._share = "waiting for the worker", None
        self._begun: float | None = None
        self._released: Future[None] | None = None

    # ---- for pages ----

    @property
    def stage(self) -> str:
        """What the worker is doing, in words, with the share done where it is known."""
        share = self._share
        return self._stage if share is None else f"{self._stage}, {share:.0%}"

    @property
    def busy_for(self) -> float:
        """Seconds since the running job began; 0 while nothing runs."""
        begun = self._begun
        return 0.0 if begun is None else self._clock() - begun

    @property
    def used(self) -> float:
        """When the worker last ran, by its clock; now, while it does."""
        return self._used if self._begun is None else self._clock()

    @property
    def loaded(self) -> LoadedWorld | None:
        """The world in memory: to look at what is there; None while no job needs it."""
        return self._loaded

    def ask(self, job: Job[T], instead_of: Job[Any] | None = None) -> Future[T]:
        """The job's answer, now or later. `instead_of` is what this asker wanted to know until now.

        A job that nobody waits for any more is stopped. Asking again while waiting costs nothing; one that
        failed is tried again after a pause, one that was stopped at once.
        """
        with self._lock:
            if instead_of is not None and instead_of != job:
                self._leave(instead_of)
            asked = self._asked.get(job)
            if asked is None or self._over(asked):
                asked = self._asked[job] = _Asked()
                asked.future = self._pool.submit(self._run, job, asked)
            elif instead_of != job:
                asked.askers += 1
            self._asked.move_to_end(job)
            while len(self._asked) > self._kept and next(iter(self._asked.values())).future.done():
                self._asked.popitem(last=False)
            return asked.future

    def once(self, job: Job[T]) -> Future[T]:
        """The answer of a job that is not remembered: for files."""
        return self._pool.submit(self._run, job, _Asked())

    def unload(self) -> Future[None]:
        """Let go of the model after what is being done; the next job loads it again, answers are kept."""
        with self._lock:
            return self._released or self._pool.submit(self._release)

    def close(self) -> Future[None]:
        """End the worker after what it is doing: for a world that is replaced.

        The future is done when the model is let go of.
        """
        with self._lock:
            if self._released is None:
                if self._room is not None:
                    self._room.leave(self)
                for asked in self._asked.values():
                    asked.dropped.set()
                self._released = self._pool.submit(self._release)
                self._pool.shutdown(wait=False)
            return self._released

    # ---- under the lock ----

    def _leave(self, job: Job[Any]) -> None:
        asked = self._asked.get(job)
        if asked is None or asked.future.done():
            return
        asked.askers -= 1
        if asked.askers <= 0:
            asked.dropped.set()
            del self._asked[job]

    def _over(self, asked: _Asked) -> bool:
        """Whether it failed long enough ago to be tried again: not at every look of a page at it."""
        if asked.failed is None:
            return False
        return asked.dropped.is_set() or self._clock() - asked.failed >= self._retry

    # ---- in the thread ----

    def _run(self, job: Job[T], asked: _Asked) -> T:
        self._begun = self._clock()
        try:
            if asked.dropped.is_set():
                raise Dropped
            if self._loaded is None:
                if self._room is not None:
                    self._tell("waiting for another world to finish")
                    self._room.enter(self)
                self._tell("loading the engine")
                self._loaded = self._load(self._tell)
            return job.run(self._loaded, Turn(self._tell, self._progress, asked.dropped.is_set))
        except Exception as error:
            asked.failed = self._clock()
            if asked.dropped.is_set():
                raise Dropped from None
            if not isinstance(error, InputError):
                _log.exception("the worker failed at %r", job)
            raise
        finally:
            self._used = self._clock()
            self._begun, self._share = None, None

    def _release(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _tell(self, stage: str) -> None:
        self._stage, self._share = stage, None

    def _progress(self, done: int, total: int, what: str) -> None:
        del what
        self._share = None if done >= total else done / total


def outcome(future: Future[T], patience: float = 0.0) -> tuple[T | None, str | None]:
    """(the answer, None), or (None, why there is none), or (None, None): not there after `patience` seconds.

    The one way in which pages take what can fail: a worker's trouble must not take the page with it.
    """
    try:
        return future.result(timeout=patience), None
    except (TimeoutError, Dropped):
        return None, None
    except InputError as error:
        return None, discreet(str(error))
    except Exception as error:  # told in the log when it happened
        return None, f"the live worker failed ({type(error).__name__}); see the server's log"

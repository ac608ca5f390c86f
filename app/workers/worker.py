"""The worker: one thread that holds a world's model and does what pages ask of it, one job at a time.

Everything that runs the model queues here instead of fighting over the cores and the memory; pages never
wait longer than they want to. Who asks something else before being answered keeps the place in the line, and
what nobody waits for any more is not worked out. A running job that can wait (`Job.yields`) gives way to what
is asked for within that time, and goes on after it. What needs torch is imported in the thread, so opening a
page costs nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from traceback import format_tb
from typing import TYPE_CHECKING, Any, TypeVar

from app.discreet import discreet
from app.operations.metrics import live_work
from app.workers.job import Dropped, Job, Turn
from app.workers.line import Asked, Line
from app.workers.room import Room
from explorer_engine.errors import InputError

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["Place", "Worker", "outcome"]

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where a job stands in the line."""

    before: int
    """Jobs whose turn comes first, the running one among them."""
    seconds: float
    """About how long these will take."""


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
        self._asked: OrderedDict[Job[Any], Asked] = OrderedDict()
        self._line = Line()
        self._running: Asked | None = None
        self._lasted: deque[float] = deque(maxlen=9)
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
    def waiting(self) -> int:
        """Jobs in the line, without the running one."""
        return len(self._line)

    @property
    def used(self) -> float:
        """When the worker last ran, by its clock; now, while it does."""
        return self._used if self._begun is None else self._clock()

    @property
    def loaded(self) -> LoadedWorld | None:
        """The world in memory: to look at what is there; None while no job needs it."""
        return self._loaded

    def busy(self, asker: Hashable) -> bool:
        """Whether what `asker` asks now may have to wait for others."""
        with self._lock:
            running = () if self._running is None else (self._running,)
            return any(asked.askers - {asker} for asked in (*running, *self._line))

    def knows(self, job: Job[Any]) -> bool:
        """Whether the job was asked for, and is answered or will be."""
        with self._lock:
            asked = self._asked.get(job)
            return asked is not None and not self._over(asked)

    def works_on(self, job: Job[Any]) -> bool:
        """Whether the job runs, or did."""
        with self._lock:
            asked = self._asked.get(job)
            return asked is not None and not self._over(asked) and asked not in self._line

    def ask(self, job: Job[T], asker: Hashable = None, instead_of: Job[Any] | None = None) -> Future[T]:
        """The job's answer, now or later. `instead_of` is what this asker wanted to know until now.

        A job that nobody waits for any more is stopped. Asking again while waiting costs nothing; one that
        failed is tried again after a pause, one that was stopped at once.
        """
        with self._lock:
            since = self._clock()
            if instead_of is not None and instead_of != job:
                since = self._leave(instead_of, asker) or since
            asked = self._asked.get(job)
            if asked is None or self._over(asked):
                asked = self._asked[job] = self._queue(Asked(job, since))
            if not asked.future.done():
                asked.askers.add(asker)
            self._asked.move_to_end(job)
            while len(self._asked) > self._kept and next(iter(self._asked.values())).future.done():
                self._asked.popitem(last=False)
            return asked.future

    def once(self, job: Job[T]) -> Future[T]:
        """The answer of a job that is not remembered: for files."""
        with self._lock:
            return self._queue(Asked(job, self._clock())).future

    def leave(self, job: Job[Any], asker: Hashable) -> None:
        """`asker` does not wait for the job any more."""
        with self._lock:
            self._leave(job, asker)

    def place(self, job: Job[Any]) -> Place:
        """Where a job stands that was asked for; a job that runs, or has, has nothing before it."""
        with self._lock:
            asked = self._asked.get(job)
            if asked is None or asked not in self._line:
                return Place(0, 0.0)
            before = self._line.before(asked) + (self._begun is not None)
            return Place(before, before * median(self._lasted or [0.0]))

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

    def _queue(self, asked: Asked) -> Asked:
        """A turn for each job of the line; whose it is is decided when it comes."""
        self._line.add(asked)
        self._pool.submit(self._next)
        return asked

    def _leave(self, job: Job[Any], asker: Hashable) -> float | None:
        """Since when the job stood in the line, where it did and nobody else waits for it."""
        asked = self._asked.get(job)
        if asked is None or asked.future.done():
            return None
        asked.askers.discard(asker)
        if asked.askers:
            return None
        asked.dropped.set()
        del self._asked[job]
        if asked not in self._line:
            return None
        self._line.remove(asked)
        asked.future.set_exception(Dropped())
        return asked.since

    def _over(self, asked: Asked) -> bool:
        """Whether it failed long enough ago to be tried again: not at every look of a page at it."""
        if asked.failed is None:
            return False
        return asked.dropped.is_set() or self._clock() - asked.failed >= self._retry

    # ---- in the thread ----

    def _next(self) -> None:
        """One turn: the job that is due first, if any is left."""
        with self._lock:
            asked = self._line.take()
            if asked is None:
                return
            self._begun = begun = self._clock()
            self._running, asked.overtaken = asked, False
        try:
            answer, trouble = self._run(asked), None
        except Exception as error:
            answer, trouble = None, error
        with self._lock:
            self._used = self._clock()
            if trouble is None:
                self._lasted.append(self._used - begun)
            self._begun, self._running, self._share = None, None, None
            if isinstance(trouble, Dropped) and not asked.dropped.is_set() and self._released is None:
                asked.failed = None
                self._queue(asked)
                return
        live_work(type(asked.job).__name__, begun - asked.since, self._used - begun)
        if trouble is None:
            asked.future.set_result(answer)
        else:
            asked.future.set_exception(trouble)

    def _is_stopped(self, asked: Asked) -> bool:
        """Whether nobody waits for what is being done, or something that came since is due before it."""
        with self._lock:
            asked.overtaken = self._line.before(asked) > 0
        return asked.dropped.is_set() or asked.overtaken

    def _run(self, asked: Asked) -> Any:
        """Raises Dropped where it was stopped: it stands in the line again unless nobody waits for it."""
        try:
            if asked.dropped.is_set():
                raise Dropped
            if self._loaded is None:
                if self._room is not None:
                    self._tell("waiting for another world to finish")
                    self._room.enter(self)
                self._tell("loading the engine")
                self._loaded = self._load(self._tell)
            stopped = partial(self._is_stopped, asked)
            return asked.job.run(self._loaded, Turn(self._tell, self._progress, stopped))
        except Exception as error:
            asked.failed = self._clock()
            if asked.dropped.is_set() or asked.overtaken:
                raise Dropped from None
            if not isinstance(error, InputError):
                at = "".join(format_tb(error.__traceback__))  # no message: it may hold what a visitor wrote
                _log.error(
                    "the worker failed at %s: %s\n%s", type(asked.job).__name__, type(error).__name__, at
                )
            raise

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

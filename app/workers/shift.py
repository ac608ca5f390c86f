"""The live SHIFT worker: one thread that holds the model and answers what happens when features are ablated.

One worker for the whole server: torch runs queue instead of fighting over the cores, pages never wait for it.
The engine's torch parts are imported in the worker, so opening other pages costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from app import world
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.shift.live import ShiftSession
    from explorer_engine.shift.report import ShiftReport
    from explorer_engine.store.world import World
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["Answer", "Flipped", "LiveShift", "Question", "live"]

_KEPT = 512
"""Answers kept: going back to an earlier set of features costs nothing."""
_RETRY = 30.0
"""Seconds until a question that failed is tried again."""
_SHADED = 8
"""Flipped texts whose tokens are shaded: each costs a backward pass."""


@dataclass(frozen=True)
class Question:
    """Which features to take out, and whether the probe is trained again without them."""

    task: str
    ablated: frozenset[str]
    retrain: bool


@dataclass(frozen=True)
class Flipped:
    """A test text whose prediction changed against the original probe."""

    text: int
    """Its id in the store."""
    label: int
    attribute: int
    before: float
    """Probability of its true label."""
    after: float
    counts: tuple[float, ...]
    """What each token adds to the logit of label 1 under the edited classifier."""


@dataclass(frozen=True)
class Answer:
    """What came of it."""

    question: Question
    report: ShiftReport
    n_right: int
    """Predictions that became right."""
    n_wrong: int
    seconds: float
    """From the question's turn to the numbers."""


@dataclass
class _Job:
    """A question being answered, and who still wants to know."""

    future: Future[Answer]
    dropped: threading.Event
    """Set when nobody does."""
    askers: int = 0
    since: float = field(default_factory=time.monotonic)

    def over(self) -> bool:
        """Whether it failed long enough ago to be tried again: not at every look of a page at it."""
        if not self.future.done() or self.future.exception() is None:
            return False
        return self.dropped.is_set() or time.monotonic() - self.since > _RETRY


class LiveShift:
    """Questions in, futures out; one at a time, and a question its asker has left is stopped."""

    def __init__(self, opened: World) -> None:
        self._world = opened
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shift")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Question, _Job] = OrderedDict()
        self._flipped: OrderedDict[Question, Future[tuple[Flipped, ...]]] = OrderedDict()
        self._loaded: LoadedWorld | None = None
        self._stage = "waiting for the worker"
        self._share: float | None = None
        self._started: float | None = None

    @property
    def stage(self) -> str:
        """What the worker is doing, in words, with the share done where it is known."""
        share = self._share
        return self._stage if share is None else f"{self._stage}, {share:.0%}"

    @property
    def loading_for(self) -> float:
        """Seconds since loading began; 0 before."""
        return time.monotonic() - self._started if self._started else 0.0

    def ready(self, task: str) -> bool:
        """Whether the model and the task's texts are loaded."""
        return self._loaded is not None and self._loaded.has_session(task)

    def ask(self, question: Question, instead_of: Question | None = None) -> Future[Answer]:
        """The answer, now or later. `instead_of` is what this asker wanted to know until now.

        A question that nobody wants to know any more is stopped. Asking again while waiting costs nothing;
        some time after an error it is tried anew.
        """
        with self._lock:
            if instead_of is not None and instead_of != question:
                self._leave(instead_of)
            job = self._jobs.get(question)
            if job is None or job.over():
                dropped = threading.Event()
                job = self._jobs[question] = _Job(self._pool.submit(self._answer, question, dropped), dropped)
            if instead_of != question:
                job.askers += 1
            self._jobs.move_to_end(question)
            while len(self._jobs) > _KEPT and next(iter(self._jobs.values())).future.done():
                self._jobs.popitem(last=False)
            return job.future

    def _leave(self, question: Question) -> None:
        job = self._jobs.get(question)
        if job is None or job.future.done():
            return
        job.askers -= 1
        if job.askers <= 0:
            job.dropped.set()
            del self._jobs[question]

    def flipped(self, answer: Answer) -> Future[tuple[Flipped, ...]]:
        """The texts that flipped most, with what each token counts; it comes after the numbers."""
        with self._lock:
            found = self._flipped.get(answer.question)
            if found is None:
                found = self._flipped[answer.question] = self._pool.submit(self._read_flips, answer)
            while len(self._flipped) > _KEPT:
                self._flipped.popitem(last=False)
            return found

    def package(self, question: Question, about: dict[str, object]) -> bytes:
        """The edited classifier as a zip; waits for the worker."""
        return self._pool.submit(self._pack, question, about).result()

    def close(self) -> None:
        """End the worker: for a world that is replaced."""
        for job in self._jobs.values():
            job.dropped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._loaded is not None:
            self._loaded.close()

    # ---- in the worker ----

    def _answer(self, question: Question, dropped: threading.Event) -> Answer:
        session = self._session(question.task)
        begun = time.perf_counter()
        self._stage = "training the probe again" if question.retrain else "ablating"
        report = session.evaluate(question.ablated, question.retrain, self._progress, dropped.is_set)
        seconds = time.perf_counter() - begun
        found = session.flips(report)
        right = sum(f.became_right for f in found)
        return Answer(question, report, right, len(found) - right, seconds)

    def _read_flips(self, answer: Answer) -> tuple[Flipped, ...]:
        question = answer.question
        session = self._session(question.task)
        found = session.flips(answer.report)[:_SHADED]
        counted = session.counts([f.text for f in found], question.ablated, question.retrain)
        ids = [t.id for t in self._world.store.classifiers.texts(question.task, "test")]
        return tuple(
            Flipped(ids[f.text], f.label, f.attribute, f.before, f.after, tuple(c.tokens.tolist()))
            for f, c in zip(found, counted, strict=True)
        )

    def _pack(self, question: Question, about: dict[str, object]) -> bytes:
        from explorer_engine.shift.edited import pack_edited

        session = self._session(question.task)
        probe = session.classifier(question.ablated, question.retrain)
        refs = [FeatureRef.parse(name) for name in question.ablated]
        task = session.task
        return pack_edited(self._world.dictionaries, probe, task.site, task.classes, refs, about)

    def _session(self, task: str) -> ShiftSession:
        if self._loaded is None:
            self._started = time.monotonic()
            self._tell("loading the engine")
            from explorer_engine.world.loaded import LoadedWorld

            self._loaded = LoadedWorld(self._world, tell=self._tell)
        if not self._loaded.has_session(task):
            self._loaded.session(task)
            self._tell("ready")
        return self._loaded.session(task)

    def _tell(self, stage: str) -> None:
        self._stage, self._share = stage, None

    def _progress(self, share: float) -> None:
        self._share = None if share >= 1 else share


@st.cache_resource(show_spinner=False, on_release=LiveShift.close)
def _live(path: str, version: tuple[int, int, int]) -> LiveShift:
    return LiveShift(world.current())


def live() -> LiveShift:
    """The server's worker for the open world; a newly published world gets a new one."""
    opened = world.current()
    return _live(str(opened.path), opened.store.version)

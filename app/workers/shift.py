"""What the worker is asked about a classifier: what happens when some features are taken out of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.workers.job import Turn
from explorer_engine.shift.values import SPLITS, Ablation, Flip, Split

if TYPE_CHECKING:
    from explorer_engine.shift.bundle.origin import Origin
    from explorer_engine.shift.live import ShiftSession
    from explorer_engine.shift.measures import Accuracies
    from explorer_engine.shift.report import ShiftReport
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["Answer", "First", "Flips", "Package", "Question"]

_SHADED = 8
"""Flipped texts whose tokens are shaded: each costs a backward pass."""


@dataclass(frozen=True)
class Answer:
    """What came of taking features out."""

    question: Question
    original: Accuracies
    """Of the probe as it is, on the same texts."""
    report: ShiftReport
    n_right: int
    """Predictions that became right."""
    n_wrong: int
    seconds: float
    """From the question's turn to the numbers."""


@dataclass(frozen=True)
class Question:
    """Which features to take out and how, whether the probe is trained again, and where it is read."""

    task: str
    ablated: frozenset[str]
    retrain: bool
    ablation: Ablation = "zero"
    split: Split = "development"

    @property
    def yields(self) -> float:
        """Training takes a few times as long as a mark, and of a mark first figures can be had meanwhile."""
        return 2.0 if self.retrain or self.can_be_sampled else 0.0

    @property
    def can_be_sampled(self) -> bool:
        """Whether first figures would be there sooner: not where a probe is trained on all texts, and not of
        test texts, which are read once."""
        return bool(self.ablated) and not self.retrain and self.split == "development"

    def run(self, loaded: LoadedWorld, turn: Turn) -> Answer:
        """The edited classifier's accuracies, and how many predictions changed."""
        return self.answered(_session(loaded, self, turn), turn)

    def answered(self, session: ShiftSession, turn: Turn) -> Answer:
        """The same of a session that is open."""
        begun = time.perf_counter()
        turn.tell("training the probe again" if self.retrain else "ablating")
        report = session.evaluate(
            self.ablated,
            self.retrain,
            turn.progress,
            turn.dropped,
            ablation=self.ablation,
            split=self.split,
        )
        seconds = time.perf_counter() - begun
        original = session.evaluate((), split=self.split)
        found = session.flips(report, self.split)
        right = sum(f.became_right for f in found)
        return Answer(self, original.accuracies, report, right, len(found) - right, seconds)


@dataclass(frozen=True)
class First:
    """First figures, of a sample of the development texts: asked for when others are at work already."""

    question: Question
    yields = 0.0

    def run(self, loaded: LoadedWorld, turn: Turn) -> Answer:
        """As the question's own answer."""
        _session(loaded, self.question, turn)
        return self.question.answered(loaded.sample(self.question.task), turn)


@dataclass(frozen=True)
class Flips:
    """The texts that flipped most, with what each token counts; asked for after the numbers."""

    question: Question
    report: ShiftReport = field(compare=False)
    yields = 3.0

    def run(self, loaded: LoadedWorld, turn: Turn) -> tuple[Flip, ...]:
        """The texts, largest change first."""
        asked = self.question
        session = _session(loaded, asked, turn)
        turn.tell("reading the texts that flipped")
        found = session.flips(self.report, asked.split)[:_SHADED]
        counted = session.counts(
            [f.text for f in found], asked.ablated, asked.retrain, ablation=asked.ablation, split=asked.split
        )
        ids = [t.id for t in loaded.world.store.classifiers.texts(asked.task, SPLITS[asked.split])]
        return tuple(
            replace(f, text=ids[f.text], counts=tuple(c.tokens.tolist()))
            for f, c in zip(found, counted, strict=True)
        )


@dataclass(frozen=True)
class Package:
    """The edited classifier as a file."""

    question: Question
    origin: Origin = field(compare=False)
    """What the file says of whose judgements it stands on, and of its model."""
    yields = 0.0

    def run(self, loaded: LoadedWorld, turn: Turn) -> bytes:
        """The zip archive."""
        from explorer_engine.shift.bundle.packing import pack

        asked = self.question
        session = _session(loaded, asked, turn)
        turn.tell("packing the classifier")
        return pack(session, asked.ablated, self.origin, retrain=asked.retrain, ablation=asked.ablation)


def _session(loaded: LoadedWorld, asked: Question, turn: Turn) -> ShiftSession:
    """The task's session; what is loaded for it is told by the loaded world.

    Means of all its features are measured at once, so that the next mark need not; stored ones cost nothing.
    """
    if not loaded.has_session(asked.task):
        turn.tell("opening the classifier")
    session = loaded.session(asked.task)
    if asked.ablation == "mean" and asked.ablated:
        turn.tell("measuring means")
        session.values([f.ref for f in loaded.world.store.classifiers.features(asked.task)], "mean")
    return session

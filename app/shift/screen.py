"""What the SHIFT page shows for an address: task, features, judgements, what is ablated, live numbers."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import streamlit as st

from app import annotator, names, session, world
from app.shared import judging
from app.shift.policies import JUDGED, POLICIES
from app.shift.view import ShiftView
from app.workers import engine
from app.workers.shift import Answer, Flips, Question
from app.workers.worker import outcome
from explorer_engine.errors import InputError
from explorer_engine.shift.measures import Accuracies
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import (
    ABLATIONS,
    SPLITS,
    ClassifierFeature,
    Flip,
    ShiftRun,
    Split,
    StoredClassifier,
)
from explorer_engine.store.opinions import Votes

__all__ = ["Screen", "Step", "loaded", "screen"]

_PATIENCE = 0.7
"""Seconds a run waits for the worker before it shows the page without the new numbers."""


@dataclass(frozen=True)
class Step:
    """One step of this session: what was ablated, and what came of it."""

    question: Question
    after: Accuracies


@dataclass(frozen=True)
class Screen:
    """Everything the page needs of one classifier at one address."""

    view: ShiftView
    titles: Mapping[str, str]
    """All tasks of this world by name."""
    policies: tuple[str, ...]
    """Whose word can count here."""
    classifier: StoredClassifier
    features: tuple[ClassifierFeature, ...]
    runs: tuple[ShiftRun, ...]
    labels: Mapping[str, str]
    mine: Mapping[str, str]
    votes: Mapping[str, Votes]
    ablated: frozenset[str]
    question: Question
    before: Accuracies | None
    """Of the probe as it is; None where the world does not say it and the worker still computes."""
    after: Accuracies | None
    """None while the worker computes."""
    answer: Answer | None
    first: Answer | None
    """First figures, of a sample of the texts, while those of all are worked out; `before` and `after` are
    these then."""
    pending: Future[Answer] | None
    flips: tuple[tuple[Flip, tuple[str, ...]], ...] | None
    """The texts that flipped most, with their tokens; None while they are read, and where they cannot be."""
    flips_failure: str | None
    """Why they cannot be read."""
    flips_pending: Future[tuple[Flip, ...]] | None
    failure: str | None
    history: tuple[Step, ...]

    @property
    def task(self) -> ClassifierTask:
        """What the classifier is about, in words."""
        return self.classifier.task

    @property
    def n_probes(self) -> int:
        """How many probes the figures are means over."""
        return 1 + len(self.classifier.other_probes)

    @property
    def n_texts(self) -> int:
        """How many texts the numbers on screen are of."""
        if self.first is not None:
            return len(self.first.report.p)
        return self.classifier.n_texts.get(SPLITS[self.question.split], 0)

    @property
    def other(self) -> str | None:
        """The person whose judgements count, where it is somebody else."""
        by_one = self.view.policy == "mine" and self.view.by != annotator.name()
        return self.view.by if by_one else None

    @property
    def selected(self) -> ClassifierFeature | None:
        """The feature whose contexts are open."""
        return next((f for f in self.features if f.ref == self.view.feature), None)

    @property
    def scope(self) -> str:
        """What the judgements are about: the probe's circuit."""
        return self.classifier.circuit


def screen(view: ShiftView) -> Screen | None:
    """What the address asks for; None in a world without classifiers. InputError: an unknown task."""
    version = world.version()
    titles = _titles(version)
    if not titles:
        return None
    classifier, features, runs = _stored(version, next(iter(titles)) if view.task is None else view.task)
    task, scope = classifier.task, classifier.circuit
    policies = _policies(features)
    if view.policy not in policies:
        raise InputError(f"policy {view.policy!r} is not one of {', '.join(policies)}; correct the address")
    if view.feature is not None and all(f.ref != view.feature for f in features):
        raise InputError(
            f"feature {view.feature} is not in the circuit of {task.name!r}; open the page without it"
        )
    whose = view.by or annotator.name() or ""
    ablated = _ablated(view.policy, whose, scope, features)
    question = _question(view, classifier, ablated)
    asked = _ask(question)
    answer, first, failure = asked.answer, asked.first, asked.failure
    shown = answer or first
    before = shown.original if shown else _before(runs, question.split)
    after = shown.report.accuracies if shown else before if not ablated and not view.retrain else None
    if after is not None and first is None:
        _remember(question, after)
    flips, flips_pending, flips_failure = (
        _flips(task.name, answer) if view.feature is None else (None, None, None)
    )
    return Screen(
        view, titles, policies, classifier, features, runs,
        names.feature_labels(f.ref for f in features), judging.mine(scope),
        world.judgements().votes(scope), ablated, question, before, after, answer, first,
        asked.pending, flips, flips_failure,
        flips_pending, failure, tuple(session.here().get("shift_steps", ())),
    )  # fmt: skip


def _policies(features: tuple[ClassifierFeature, ...]) -> tuple[str, ...]:
    known = any(f.spurious is not None for f in features)
    return tuple(POLICIES) if known else JUDGED


def _ablated(policy: str, whose: str, scope: str, features: tuple[ClassifierFeature, ...]) -> frozenset[str]:
    """The features that are spurious by this policy; `whose` judgements `mine` are."""
    of_people = POLICIES[policy].of_people
    if of_people is None:
        return frozenset(str(f.ref) for f in features if f.spurious)
    judged = world.judgements().spurious(scope, of_people, whose)
    return judged & frozenset(str(f.ref) for f in features)


@st.cache_resource(max_entries=8, show_spinner=False)
def _titles(version: world.Version) -> dict[str, str]:
    return {found.task.name: found.task.title for found in world.store().classifiers.all()}


@st.cache_resource(max_entries=8, show_spinner=False)
def _stored(
    version: world.Version, task: str
) -> tuple[StoredClassifier, tuple[ClassifierFeature, ...], tuple[ShiftRun, ...]]:
    store = world.store().classifiers
    return store.get(task), store.features(task), store.runs(task)


def _before(runs: tuple[ShiftRun, ...], split: Split) -> Accuracies | None:
    """Of the probe as it is, where the table says it of these very texts and of no other draw."""
    own = (run for run in runs if (run.name, run.split) == ("original", split) and len(run.draws) <= 1)
    return next((run.accuracies for run in own), None)


def _question(view: ShiftView, classifier: StoredClassifier, ablated: frozenset[str]) -> Question:
    """What the worker is asked. InputError: an ablation that there is not."""
    ablation = view.ablation or classifier.parameters.get("ablation", "zero")
    for known in ABLATIONS:
        if ablation == known:
            split: Split = "test" if view.result else "development"
            return Question(classifier.task.name, ablated, view.retrain, known, split)
    raise InputError(f"ablation {ablation!r} is not one of {', '.join(ABLATIONS)}; correct the address")


def loaded(task: str) -> bool:
    """Whether the worker holds the model and the task's texts: then it answers within a second or so."""
    found = engine.worker().loaded
    return found is not None and found.has_session(task)


@dataclass(frozen=True)
class _Asked:
    """How far the worker is with a question."""

    answer: Answer | None
    first: Answer | None
    """Figures of a sample; None once there is the answer."""
    pending: Future[Answer] | None
    """What comes next."""
    failure: str | None


def _ask(question: Question) -> _Asked:
    """Ask the worker; a loaded one is given a moment, so that most numbers come with the page itself."""
    numbers, patience = engine.numbers(question), _PATIENCE if loaded(question.task) else 0.0
    if numbers.all is None:
        outcome(numbers.next, patience)
        numbers = engine.numbers(question)  # the first figures may be there: the rest is asked for
    first = None if numbers.first is None else outcome(numbers.first)[0]
    answer, failure = None, None
    if numbers.all is not None:
        answer, failure = outcome(numbers.all, patience if first is None else 0.0)
    pending = numbers.next if answer is None and failure is None else None
    return _Asked(answer, first if answer is None else None, pending, failure)


def _flips(
    task: str, answer: Answer | None
) -> tuple[tuple[tuple[Flip, tuple[str, ...]], ...] | None, Future[tuple[Flip, ...]] | None, str | None]:
    """The flipped texts with their tokens as text, or what is to be waited for, or why there are none."""
    if answer is None or not answer.n_right + answer.n_wrong:
        engine.forget(Flips)
        return (), None, None
    pending = engine.ask(Flips(answer.question, answer.report))
    found, failure = outcome(pending, 0.1)
    if found is None:
        return None, None if failure else pending, failure
    texts = SPLITS[answer.question.split]
    words = world.store().classifiers.words(task, texts, tuple(f.text for f in found))
    return tuple((f, words[f.text]) for f in found), None, None


def _remember(question: Question, after: Accuracies) -> None:
    steps: list[Step] = session.here().setdefault("shift_steps", [])
    if not steps or steps[-1].question != question:
        steps.append(Step(question, after))
        del steps[:-50]

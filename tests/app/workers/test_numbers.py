"""A mark's numbers: of all texts where nobody else is at work, first of a sample where others are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import settings
from app.workers.job import Dropped
from app.workers.numbers import ask_numbers
from app.workers.seat import Seat
from app.workers.shift import Question
from app.workers.worker import Worker
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.session import SAMPLED
from explorer_engine.world.world import open_world
from tests.app.busy import Busy


@pytest.fixture(scope="module")
def worker():
    opened = Worker(lambda tell: LoadedWorld(open_world(settings.world_paths()[0]), tell=tell))
    yield opened
    opened.close().result(60)


@pytest.fixture(scope="module")
def ask():
    """`ask(n)`: the question about the n strongest features."""
    store = open_world(settings.world_paths()[0]).store.classifiers
    task = store.all()[0].task.name
    refs = [str(f.ref) for f in store.features(task)]
    return lambda n: Question(task, frozenset(refs[:n]), False, "mean")


@pytest.fixture
def busy(worker):
    """Another person's job, which runs."""
    job = Busy()
    Seat().ask(worker, job)
    assert job.begun.wait(60)
    yield job
    job.go.set()


def test_where_nobody_is_at_work_all_texts_are_read_at_once(worker, ask):
    seat = Seat()
    found = ask_numbers(seat, worker, ask(2))
    assert found.first is None and found.all is found.next
    assert ask_numbers(seat, worker, ask(2)).first is None, "one's own question is nobody else's work"
    assert len(found.all.result(120).report.p) == len(worker.loaded.session(ask(2).task).texts.balanced)


def test_where_others_are_at_work_a_sample_comes_first_and_all_texts_follow(worker, ask, busy):
    seat = Seat()
    found = ask_numbers(seat, worker, ask(3))
    assert found.all is None and not found.first.done()
    busy.go.set()
    first = found.first.result(120)
    follows = ask_numbers(seat, worker, ask(3))
    assert follows.first is found.first
    whole = follows.all.result(120)
    texts = worker.loaded.session(ask(3).task).texts.balanced
    assert len(first.report.p) == len(texts) / SAMPLED and len(whole.report.p) == len(texts)
    session = worker.loaded.session(ask(3).task)
    assert whole.report.accuracies == session.evaluate(ask(3).ablated, ablation="mean").accuracies
    of_sample = worker.loaded.sample(ask(3).task).texts.balanced
    assert [(of_sample.group == k).sum() for k in range(4)] == [
        (texts.group == k).sum() / SAMPLED for k in range(4)
    ]
    for told, exact in (
        (first.report.accuracies.label, whole.report.accuracies.label),
        (first.report.accuracies.worst, whole.report.accuracies.worst),
    ):
        assert told.low - 0.02 <= exact.value <= told.high + 0.02, "what is told of a sample holds of all"


def test_who_marks_again_makes_nobody_wait_for_all_texts_of_the_mark_before(worker, ask, busy):
    seat = Seat()
    ask_numbers(seat, worker, ask(4))
    again = ask_numbers(seat, worker, ask(5))
    busy.go.set()
    again.next.result(120)
    rest = ask_numbers(seat, worker, ask(5)).all
    third = Busy()
    Seat().ask(worker, third)  # somebody else goes first, as first figures can be waited with
    assert third.begun.wait(60) or rest.done()
    ask_numbers(seat, worker, ask(6))
    third.go.set()
    assert rest.done() or isinstance(rest.exception(60), Dropped)
    assert ask_numbers(seat, worker, ask(6)).next.result(120).report.n_ablated == 6


def test_who_is_overtaken_while_waiting_is_given_first_figures(worker, ask):
    seat, own, other = Seat(), Busy(), Busy()
    seat.ask(worker, own)
    assert own.begun.wait(60)
    assert ask_numbers(seat, worker, ask(8)).first is None
    Seat().ask(worker, other)
    overtaken = ask_numbers(seat, worker, ask(8))
    assert overtaken.all is None
    own.go.set()
    other.go.set()
    assert overtaken.next.result(120).report.n_ablated == 8
    assert ask_numbers(seat, worker, ask(8)).all.result(120).report.n_ablated == 8


@pytest.mark.parametrize("change", [{"split": "test"}, {"retrain": True}, {"ablated": frozenset()}])
def test_what_is_not_read_in_parts_is_asked_for_whole(worker, ask, busy, change):
    assert ask_numbers(Seat(), worker, replace(ask(7), **change)).first is None

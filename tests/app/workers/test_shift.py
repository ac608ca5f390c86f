"""Questions about a classifier: their numbers, the texts that flip, and that a left one stops halfway."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import settings
from app.workers.seat import Seat
from app.workers.shift import Flips, Question
from app.workers.worker import Worker
from explorer_engine.errors import InputError
from explorer_engine.shift import live
from explorer_engine.shift.values import ABLATIONS, SPLITS
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world


@pytest.fixture(scope="module")
def worker():
    opened = Worker(lambda tell: LoadedWorld(open_world(settings.world_paths()[0]), tell=tell))
    yield opened
    opened.close().result(60)


@pytest.fixture(scope="module")
def ask(worker):
    """`ask(n)`: the question about the n strongest features."""
    store = open_world(settings.world_paths()[0]).store.classifiers
    task = store.all()[0].task.name
    refs = [str(f.ref) for f in store.features(task)]
    return lambda n: Question(task, frozenset(refs[:n]), False)


def test_the_same_question_has_one_answer(worker, ask):
    first, second = worker.ask(ask(1)), worker.ask(ask(1))
    assert first is second
    answer = first.result(120)
    assert answer.question == ask(1) and answer.report.n_ablated == 1
    assert worker.ask(ask(1)).result(0) is answer
    assert worker.loaded.has_session(ask(1).task)


def test_nothing_ablated_flips_nothing(worker, ask):
    answer = worker.ask(ask(0)).result(120)
    assert (answer.n_right, answer.n_wrong) == (0, 0)
    assert worker.ask(Flips(answer.question, answer.report)).result(60) == ()


def test_a_question_left_behind_is_stopped_and_can_be_asked_again(worker, ask):
    worker.ask(ask(0)).result(120)
    left = [worker.ask(ask(2))]
    for n in range(3, 8):  # somebody marks one feature after the other, faster than the answers come
        left.append(worker.ask(ask(n), instead_of=ask(n - 1)))
    last = left.pop()
    assert last.result(120).report.n_ablated == 7
    assert sum(f.exception(120) is not None for f in left) >= 3
    assert worker.ask(ask(4)).result(120).report.n_ablated == 4


def test_a_question_that_another_person_waits_for_goes_on(worker, ask):
    worker.ask(ask(0)).result(120)
    mine = worker.ask(ask(9), "me")
    theirs = worker.ask(ask(9), "them")
    worker.ask(ask(10), "me", instead_of=ask(9))
    assert mine is theirs and theirs.result(120).report.n_ablated == 9


def test_three_people_at_once_see_each_the_numbers_of_their_own_marks(worker, ask):
    seats = [Seat() for _ in range(3)]
    for marked in (13, 16, 19):  # each takes a mark back and sets others before the first answer is there
        asked = [replace(ask(marked + k), ablation="mean") for k in range(3)]
        waited = [seat.ask(worker, question) for seat, question in zip(seats, asked, strict=True)]
    session = worker.loaded.session(ask(0).task)
    for question, future in zip(asked, waited, strict=True):
        answer = future.result(120)
        assert answer.question == question
        alone = session.evaluate(question.ablated, ablation="mean")
        assert answer.report.accuracies == alone.accuracies


def test_the_flipped_texts_say_what_their_tokens_count(worker, ask):
    answer = worker.ask(ask(12)).result(120)
    found = worker.ask(Flips(answer.question, answer.report)).result(120)
    assert len(found) == min(8, answer.n_right + answer.n_wrong)
    store = open_world(settings.world_paths()[0]).store.classifiers
    texts = tuple(f.text for f in found)
    words = store.words(ask(0).task, "balanced", texts)
    stored = {text.id: text for text in store.texts(ask(0).task, "balanced")}
    for f in found:
        assert (f.before > 0.5) != (f.after > 0.5)
        assert len(f.counts) == len(words[f.text])
        assert (f.label, f.attribute) == (stored[f.text].label, stored[f.text].attribute)


def test_result_asks_the_test_texts_and_nothing_else_does(worker, ask):
    development, test = (replace(ask(3), split=split) for split in SPLITS)
    assert ask(3) == development, "where nothing is said, nothing is read on the test texts"
    sizes = {s: len(worker.loaded.session(ask(3).task).texts.of(s)) for s in SPLITS}
    for question in (development, test):
        answer = worker.ask(question).result(120)
        assert len(answer.report.p) == sizes[question.split]


def test_ablation_to_the_mean_is_measured_where_the_world_does_not_say_it(worker, ask, monkeypatch):
    measured, pooled_features = [], live.pooled_features
    monkeypatch.setattr(live, "pooled_features", lambda *a: measured.append(a) or pooled_features(*a))
    to_zero, to_mean = (worker.ask(replace(ask(3), ablation=how)).result(120) for how in ABLATIONS)
    assert to_mean.report.n_ablated == to_zero.report.n_ablated == 3
    assert not to_mean.report.p.equal(to_zero.report.p)
    worker.ask(replace(ask(8), ablation="mean")).result(120)
    assert len(measured) <= 1, "the whole circuit is measured at once, not one mark after the other"


def test_an_impossible_question_is_an_error_and_the_worker_goes_on(worker, ask):
    wrong = Question(ask(0).task, frozenset({"resid_0/99999"}), False)
    with pytest.raises(InputError, match="99999"):
        worker.ask(wrong).result(120)
    assert worker.ask(wrong).done()  # looking at it again does not try it again at once
    assert worker.ask(ask(1)).result(120).report.n_ablated == 1

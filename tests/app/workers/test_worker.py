"""The worker: one job one answer, left jobs stop, failures are told and tried again, closing lets go."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from app.workers.job import Dropped
from app.workers.seat import Seat
from app.workers.worker import Place, Worker, outcome
from explorer_engine.errors import InputError


@dataclass(frozen=True)
class Doing:
    """A job that does what the test says."""

    name: str
    do: object = field(default=lambda loaded, turn: None, compare=False)
    yields: float = 0.0

    def run(self, loaded, turn):
        return self.do(loaded, turn)


class Held:
    """A job that says when it has begun and waits to be let go."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, loaded, turn):
        self.begun.set()
        assert self.go.wait(20)
        if turn.dropped():
            raise RuntimeError("stopped halfway")
        return "done"


@pytest.fixture
def clock():
    """A clock that stands still until the test moves it."""
    return SimpleNamespace(now=0.0)


@pytest.fixture
def worlds():
    """Every world that was loaded: each says whether it was closed."""
    return []


@pytest.fixture
def worker(clock, worlds):
    def load(tell):
        tell("loading the model")
        found = SimpleNamespace(closed=False)
        found.close = lambda: setattr(found, "closed", True)
        worlds.append(found)
        return found

    opened = Worker(load, kept=3, retry=30, clock=lambda: clock.now)
    yield opened
    opened.close().result(20)


def failing(times, error):
    """A job that fails `times` times, then answers."""
    left = [error] * times

    def do(loaded, turn):
        if left:
            raise left.pop()
        return "at last"

    return do


def test_equal_jobs_are_done_once_and_all_use_one_world(worker, worlds):
    runs = []
    jobs = [Doing(name, lambda loaded, turn: runs.append(loaded)) for name in ("a", "b", "a")]
    first, second, again = [worker.ask(job) for job in jobs]
    second.result(20)
    assert first is again and len(runs) == 2 and runs[0] is runs[1] is worlds[0] and len(worlds) == 1


def test_a_failed_job_is_tried_again_after_the_pause_and_not_before(worker, clock):
    job = Doing("x", failing(1, InputError("no such feature: name another")))
    assert outcome(worker.ask(job), 20) == (None, "no such feature: name another")
    clock.now = 29
    assert outcome(worker.ask(job, instead_of=job), 20)[1] is not None
    clock.now = 31
    assert outcome(worker.ask(job, instead_of=job), 20) == ("at last", None)


def test_trouble_of_any_kind_is_a_line_for_the_page_and_the_worker_goes_on(worker, caplog):
    broken = worker.ask(Doing("x", failing(1, ZeroDivisionError("by zero"))))
    answer, why = outcome(broken, 20)
    assert answer is None and "ZeroDivisionError" in why and "\n" not in why
    assert "ZeroDivisionError" in caplog.text and "test_worker.py" in caplog.text, "the log says where"
    assert "by zero" not in caplog.text, "what an error says may hold what a visitor wrote"
    assert outcome(worker.ask(Doing("y", lambda *_: 7)), 20) == (7, None)


def test_a_world_that_cannot_be_loaded_is_loaded_once_it_can(clock):
    tries = failing(1, InputError("model: missing"))
    worker = Worker(lambda tell: tries(None, None) and SimpleNamespace(close=lambda: None), retry=0)
    assert outcome(worker.ask(Doing("x", lambda *_: 1)), 20) == (None, "model: missing")
    assert outcome(worker.ask(Doing("x", lambda *_: 1)), 20) == (1, None)
    worker.close().result(20)


def test_a_job_left_behind_is_stopped_and_can_be_asked_again(worker):
    hold = Held()
    running, queued, last = Doing("running", hold), Doing("queued", lambda *_: 1), Doing("last", lambda *_: 2)
    first = worker.ask(running)
    assert hold.begun.wait(20)
    second = worker.ask(queued, instead_of=running)
    third = worker.ask(last, instead_of=queued)
    assert outcome(first) == (None, None), "what is not there yet is no failure"
    hold.go.set()
    assert third.result(20) == 2
    for left in (first, second):
        assert isinstance(left.exception(20), Dropped) and outcome(left) == (None, None)
    assert worker.ask(running).result(20) == "done"


def test_a_job_that_another_person_waits_for_goes_on(worker):
    hold = Held()
    job = Doing("both", hold)
    mine = worker.ask(job, "me")
    theirs = worker.ask(job, "them")
    worker.ask(job, "them")  # to look at it again is no second person
    worker.ask(Doing("next", lambda *_: 1), "me", instead_of=job)
    hold.go.set()
    assert mine is theirs and mine.result(20) == "done"


def test_a_closed_tab_leaves_nothing_behind(worker):
    hold, ran = Held(), []
    worker.ask(Doing("running", hold))
    assert hold.begun.wait(20)
    tabs = [Seat() for _ in range(30)]
    left = [tab.ask(worker, Doing(str(n), lambda *_: ran.append(1))) for n, tab in enumerate(tabs)]
    mine = Seat().ask(worker, Doing("0", lambda *_: ran.append(1)))
    for tab in tabs:
        tab.leave()
    hold.go.set()
    assert mine.result(20) is None and left[0] is mine
    assert ran == [1] and all(isinstance(future.exception(20), Dropped) for future in left[1:])


def test_a_session_has_one_turn_and_keeps_it_whatever_it_asks_instead(worker, clock):
    hold, ran = Held(), []
    worker.ask(Doing("running", hold))
    assert hold.begun.wait(20)
    eager, patient = Seat(), Seat()
    for n in range(5):
        clock.now += 1
        last = eager.ask(worker, Doing(f"eager {n}", lambda *_: ran.append("eager")))
        clock.now += 1
        patient.ask(worker, Doing("patient", lambda *_: ran.append("patient")))
    assert worker.place(Doing("eager 4")).before == 1
    assert worker.place(Doing("patient")).before == 2 and worker.place(Doing("running")) == Place(0, 0.0)
    hold.go.set()
    last.result(20)
    worker.ask(Doing("after")).result(20)
    assert ran == ["eager", "patient"]


def test_what_can_wait_lets_others_pass_but_not_for_ever(worker, clock):
    hold, ran = Held(), []
    worker.ask(Doing("running", hold))
    assert hold.begun.wait(20)

    def ask(name, yields):
        return worker.ask(Doing(name, lambda *_: ran.append(name), yields), name)

    ask("texts", 3.0)
    clock.now = 2
    ask("numbers", 0.0)
    clock.now = 4
    last = ask("late numbers", 0.0)
    hold.go.set()
    last.result(20)
    assert ran == ["numbers", "texts", "late numbers"]


@pytest.mark.parametrize(("at", "order"), [(2, ["numbers", "texts"]), (4, ["texts", "numbers"])])
def test_what_can_wait_gives_way_while_it_runs_and_is_answered_after_all(worker, clock, at, order):
    hold, ran = Held(), []

    def texts(loaded, turn):
        hold(loaded, turn)
        ran.append("texts")

    waited_for = worker.ask(Doing("texts", texts, yields=3.0), "one")
    assert hold.begun.wait(20)
    clock.now = at
    numbers = worker.ask(Doing("numbers", lambda *_: ran.append("numbers")), "another")
    hold.go.set()
    assert outcome(numbers, 20) == outcome(waited_for, 20) == (None, None)
    assert numbers.done() and waited_for.done() and ran == order


def test_what_gave_way_and_is_left_then_is_not_taken_up_again(worker):
    hold, other = Held(), Held()
    texts = Doing("texts", hold, yields=3.0)
    left = worker.ask(texts, "one")
    assert hold.begun.wait(20)
    numbers = worker.ask(Doing("numbers", other), "another")
    hold.go.set()
    assert other.begun.wait(20)
    worker.leave(texts, "one")
    other.go.set()
    numbers.result(20)
    with pytest.raises(Dropped):
        left.result(20)
    assert worker.waiting == 0


def test_the_worker_says_what_it_does_and_for_how_long(worker, clock):
    hold = Held()

    def do(loaded, turn):
        turn.tell("ablating")
        turn.progress(1, 4, "texts")
        return hold(loaded, turn)

    assert worker.busy_for == 0 and worker.loaded is None
    answer = worker.ask(Doing("x", do))
    assert hold.begun.wait(20)
    clock.now = 4
    assert (worker.stage, worker.busy_for) == ("ablating, 25%", 4)
    hold.go.set()
    answer.result(20)
    worker.ask(Doing("next")).result(20)
    assert worker.loaded is not None and worker.busy_for == 0


def test_memory_is_bounded_and_files_are_not_kept(worker):
    runs = []
    jobs = [Doing(str(n), lambda *_: runs.append(1)) for n in range(4)]
    for job in jobs:
        worker.ask(job).result(20)
    worker.ask(jobs[3]).result(20)
    assert len(runs) == 4
    worker.ask(jobs[0]).result(20)
    assert len(runs) == 5, "the oldest of more than three answers was forgotten"
    assert worker.once(jobs[0]) is not worker.once(jobs[0])


def test_closing_stops_what_waits_and_lets_go_of_the_world(worker, worlds):
    hold = Held()
    running, waiting = worker.ask(Doing("a", hold)), worker.ask(Doing("b"))
    assert hold.begun.wait(20)
    closed = worker.close()
    hold.go.set()
    closed.result(20)
    assert worlds[0].closed and worker.loaded is None
    assert isinstance(running.exception(20), Dropped) and isinstance(waiting.exception(20), Dropped)

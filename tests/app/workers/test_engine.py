"""One worker and one model for the open world; another world gets its own; the device is the setting's."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from app import settings, world
from app.workers import engine
from app.workers.sentence import SentenceQuestion
from app.workers.shift import Question
from explorer_engine.sites import FeatureRef


@dataclass(frozen=True)
class Look:
    """A job that gives what it was given."""

    yields = 0.0

    def run(self, loaded, turn):
        return loaded


def test_the_old_world_is_let_go_of_when_another_is_published(world_dir, tmp_path, monkeypatch):
    served, closed = tmp_path / "world", threading.Event()
    shutil.copytree(world_dir, served)
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(served))
    monkeypatch.setattr(engine, "_load", lambda *_: SimpleNamespace(close=closed.set))
    first = engine.worker()
    first.ask(Look()).result(20)
    assert engine.worker() is first and not closed.is_set()
    again = served / "again.duckdb"
    shutil.copyfile(served / "world.duckdb", again)
    again.replace(served / "world.duckdb")  # as publishing does
    assert engine.worker() is not first
    assert closed.wait(20)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [([], None, "cpu"), ([], "auto", "auto"), (["--device", "cuda"], "cpu", "cuda")],
)
def test_the_model_runs_where_the_settings_say(monkeypatch, arguments, environment, expected):
    monkeypatch.setattr("sys.argv", ["streamlit", *arguments])
    if environment:
        monkeypatch.setenv("CIRCUIT_EXPLORER_DEVICE", environment)
    assert settings.device() == expected
    assert engine.worker().ask(Look()).result(20).device == expected


def test_two_tasks_and_a_sentence_hold_one_model():
    worker = engine.worker()
    tasks = [found.task.name for found in world.store().classifiers.all()][:2]
    for task in tasks:
        worker.ask(Question(task, frozenset(), False)).result(120)
    read = worker.ask(SentenceQuestion(FeatureRef.parse("resid_1/3"), "The nurse left early.")).result(60)
    loaded = worker.loaded
    assert len(tasks) == 2 and read.tokens
    assert {id(loaded.session(task).model) for task in tasks} == {id(loaded.model)}

"""One model and one dictionary a site for all that runs them; what a world lacks is named; closing ends."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.shift.runner import TextRunner
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.world import loaded as module
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import World, open_world

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo")


@pytest.fixture
def opened(world: World):
    found = LoadedWorld(world, workers=1)
    yield found
    found.close()


def test_two_tasks_and_a_sentence_hold_one_model(world, opened, monkeypatch):
    models, sites, told = [], [], []
    load_model, map_dictionaries = module.load_model, module.map_dictionaries
    monkeypatch.setattr(module, "load_model", lambda *a, **k: models.append(a) or load_model(*a, **k))
    monkeypatch.setattr(
        module, "map_dictionaries", lambda *a: sites.extend(map(str, a[1])) or map_dictionaries(*a)
    )
    monkeypatch.setattr(opened, "_tell", told.append)
    first = opened.sentence(FeatureRef.parse("resid_1/3"), "The nurse left early.")
    assert sites == ["resid_1"], "only what is asked for is loaded"
    tasks = [found.task.name for found in world.store.classifiers.all()]
    sessions = [opened.session(task) for task in tasks]
    assert opened.session(tasks[0]) is sessions[0] and opened.has_session(tasks[0])
    assert len(tasks) >= 2 and len(models) == 1 and len(sites) == len(set(sites))
    assert {id(session.model) for session in sessions} == {id(opened.model)}
    assert sessions[0].dictionaries[Site("resid", 1)] is sessions[1].dictionaries[Site("resid", 1)]
    assert told[0] == "loading the model" and any("development texts" in line for line in told)
    assert opened.sentence(FeatureRef.parse("resid_1/3"), "The nurse left early.") == first


def test_circuits_get_all_dictionaries_in_order(world, opened):
    assert list(opened.dictionaries()) == [row.site for row in world.store.start.dictionaries()]


def test_threads_that_ask_at_once_load_once(opened, monkeypatch):
    models, load_model = [], module.load_model
    monkeypatch.setattr(module, "load_model", lambda *a, **k: models.append(a) or load_model(*a, **k))
    threads = [threading.Thread(target=lambda: opened.model) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(models) == 1


def test_what_is_not_there_is_named(opened):
    with pytest.raises(InputError, match="no-such-task"):
        opened.session("no-such-task")
    with pytest.raises(InputError, match="resid_77: this world has no dictionary"):
        opened.dictionaries([Site("resid", 77)])


def test_closing_ends_the_sessions(world, monkeypatch):
    closed: list[TextRunner] = []
    close = TextRunner.close
    monkeypatch.setattr(TextRunner, "close", lambda self: closed.append(self) or close(self))
    opened = LoadedWorld(world, workers=1)
    opened.session(world.store.classifiers.all()[0].task.name)
    opened.close()
    assert closed
    with pytest.raises(RuntimeError, match="closed"):
        _ = opened.model

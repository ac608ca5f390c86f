"""docs/your-own-model.md keeps its word: its commands, in a clean clone, make a world that the app shows."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import worlds
from app.pages import PAGES, Page
from explorer_engine.world.world import open_world
from tests.clone import ROOT, commands_of, following

PAGE = (ROOT / "docs/your-own-model.md").read_text("utf-8")
*MAKING, OPENING = commands_of(PAGE)
followed = following(MAKING)


def test_each_step_says_what_the_page_promises(followed: tuple[Path, str]) -> None:
    _, said = followed
    for promised in ("2 of 13 sites", "about 36 windows", "nothing wrong"):
        assert promised in PAGE
        assert promised in said
    assert OPENING in said, "the run says how to look at its world"


def test_its_world_holds_what_was_given(followed: tuple[Path, str]) -> None:
    world = open_world(followed[0] / "worlds/mine")
    assert {circuit.kind for circuit in world.store.circuits.page().rows} == {
        "contrast",
        "behaviour",
        "classifier",
    }
    assert [given.task.label_name for given in world.store.classifiers.all()] == ["Job"]
    assert [clustering.n_clusters for clustering in world.store.behaviours.clusterings()] == [4, 4]
    assert "2,048 features" in PAGE
    assert world.store.start.world().n_features == 2048


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_opens_on_it(
    followed: tuple[Path, str], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = followed
    program, _, *arguments = shlex.split(OPENING)[2:]
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", [program, *arguments, "--judgements", "judgements"])
    app = AppTest.from_file(str(ROOT / program), default_timeout=60).run()
    app.switch_page(page.script).run()
    assert not app.exception
    assert "worlds/mine" in str(worlds.listed()[0].path)
    assert not app.error

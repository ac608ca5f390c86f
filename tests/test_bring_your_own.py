"""docs/bring-your-own.md keeps its word: its commands, in a clean clone, open files of others in the app."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer_engine.world.world import open_world
from tests.clone import ROOT, commands_of, following

PAGE = (ROOT / "docs/bring-your-own.md").read_text("utf-8")
*MAKING, OPENING = commands_of(PAGE)
followed = following(MAKING)


def test_each_step_says_what_the_page_promises(followed: tuple[Path, str]) -> None:
    _, said = followed
    for promised in ("SAELens", "other dictionaries than", "nothing wrong"):
        assert promised in PAGE.replace("\n", " ")
        assert promised in said
    assert said.count("none dropped") >= 4, "of explanations, annotations, contexts and pairs"


def test_the_contexts_are_a_clustering_with_a_circuit(followed: tuple[Path, str]) -> None:
    behaviours = open_world(followed[0] / "worlds/mine").store.behaviours
    imported = [found for found in behaviours.clusterings() if "mported" in found.title]
    assert [(found.n_clusters, found.n_samples) for found in imported] == [(1, 12)]


@pytest.mark.parametrize(
    "page, asked, shown",
    [
        ("circuit", "", "other dictionaries"),
        ("features", "resid_1/412", "full stops after a sentence about a man"),
        ("features", "resid_2/7", "the end of a list"),
    ],
)
def test_the_app_shows_them(
    followed: tuple[Path, str], page: str, asked: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, said = followed
    program, _, *arguments = shlex.split(OPENING)[2:]
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", [program, *arguments, "--judgements", str(folder / "data")])
    app = AppTest.from_file(str(ROOT / program), default_timeout=60).run()
    found = re.search(r"circuit=(file-\w+)", said)
    assert found
    app.switch_page(f"{page}/page.py")
    app.query_params["circuit" if page == "circuit" else "feature"] = asked or found[1]
    app.run()
    assert not app.exception
    assert not app.error
    surfaces = [
        json.loads(element.proto.json or "{}").get("html", "") for element in app.get("bidi_component")
    ]
    assert shown in " ".join([*surfaces, *(element.proto.body for element in app.get("html"))])

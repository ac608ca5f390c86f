"""A world of real text from a recipe alone: made, killed, made by other workers, checked, opened."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.pages import APP
from precompute.cli import main
from tests.precompute.real_text import TINY
from tests.precompute.tiny_world import content, rows

GIVEN = ("tokenizer", "text", "language-model")
"""Stages that the other runs of these tests take over from the first."""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.toml, its work and its world."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "tiny.toml").write_text(TINY)
    assert build(folder) == 0
    return folder


def build(folder: Path, *more: str) -> int:
    """Run the recipe of a folder."""
    places = ["--out", str(folder / "world"), "--work", str(folder / "work")]
    return main(["run", str(folder / "tiny.toml"), *places, *more])


@pytest.fixture
def begun(real: Path, tmp_path: Path) -> Path:
    """A folder in which the first stages are done already."""
    shutil.copy(real / "tiny.toml", tmp_path)
    for stage in GIVEN:
        shutil.copytree(real / "work" / stage, tmp_path / "work" / stage)
    return tmp_path


def stored(folder: Path) -> dict[str, list[str]]:
    """Every row of the store but for the command, which names the folder."""
    found = content(folder / "world" / "world.duckdb")
    del found["provenance"]
    return found


def test_it_holds_behaviours_with_circuits_and_only_documents_that_a_context_shows(real):
    store = real / "world" / "world.duckdb"
    (found,) = rows(store, "SELECT count(*) AS n, count(circuit) AS circuits FROM behaviour")
    assert found["n"] == found["circuits"] > 0
    shown = "SELECT document FROM feature_context UNION SELECT document FROM behaviour_context"
    documents = {row["id"] for row in rows(store, "SELECT id FROM document")}
    assert documents == {row["document"] for row in rows(store, shown)}
    assert not rows(store, "SELECT * FROM clustering WHERE nmi IS NOT NULL"), "nobody planted anything"


def test_killed_in_every_stage_it_ends_in_the_same_world(real, begun, monkeypatch):
    replace = os.replace
    for stage in ("dictionaries", "dashboards", "behaviours", "training-loss", "ablations"):
        files = []

        def dies(source, target, *, folder=str(begun / "work" / stage), files=files):
            if str(target).startswith(folder):
                files.append(target)
                if len(files) == 4:
                    raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(os, "replace", dies)
        assert build(begun) == 130
        assert not (begun / "world").exists()
    monkeypatch.setattr(os, "replace", replace)
    assert build(begun) == 0
    assert stored(begun) == stored(real)


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_two_workers_make_the_same_world(real, begun, engine):
    assert build(begun, "--engine", engine, "--workers", "2") == 0
    assert stored(begun) == stored(real)


def test_status_and_validate_say_what_is(real, begun, capsys):
    main(["status", str(begun / "tiny.toml"), "--work", str(begun / "work")])
    said = capsys.readouterr().out
    assert "nobody is at work" in said
    assert [line.split()[1:3] for line in said.splitlines() if line.startswith(("text", "behaviours"))] == [
        ["done", "in"],
        ["not", "begun"],
    ]
    world = shutil.copytree(real / "world", begun / "copy")
    assert main(["validate", str(world)]) == 0
    file = world / "dictionaries" / "embed.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    (world / "model" / "config.json").unlink()
    assert main(["validate", str(world)]) == 2
    said = capsys.readouterr().out
    assert "config.json: missing" in said
    assert "embed.safetensors: damaged" in said


@pytest.mark.parametrize("page", ["start", "behaviours", "circuit", "features", "shift"])
def test_every_page_opens_on_it(real, page, monkeypatch, tmp_path):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(real / "world"))
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "judgements.duckdb"))
    app = AppTest.from_file(str(APP / "main.py"), default_timeout=60).run()
    app.switch_page(f"{page}/page.py").run()
    assert not app.exception


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(real, begun, monkeypatch, capsys):
    replace, files = os.replace, []

    def full(source, target):
        if str(target).startswith(str(begun / "work" / "behaviours")):
            files.append(target)
            if len(files) == 6:
                raise OSError(errno.ENOSPC, "No space left on device", str(source))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    capsys.readouterr()
    assert build(begun) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("precompute run:")]
    assert "the disk is full: make room" in line
    assert build(begun) == 0
    assert stored(begun) == stored(real)

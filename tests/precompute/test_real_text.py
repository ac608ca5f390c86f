"""A world of real text from a recipe alone: made, made by other workers, checked, opened."""

from __future__ import annotations

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from app.pages import APP
from precompute.cli import main
from tests.precompute.real_text import build, stored
from tests.precompute.tiny_world import rows


def test_it_holds_behaviours_with_circuits_and_only_documents_that_a_context_shows(real):
    store = real / "world" / "world.duckdb"
    (found,) = rows(store, "SELECT count(*) AS n, count(circuit) AS circuits FROM behaviour")
    assert found["n"] == found["circuits"] > 0
    shown = "SELECT document FROM feature_context UNION SELECT document FROM behaviour_context"
    documents = {row["id"] for row in rows(store, "SELECT id FROM document")}
    assert documents == {row["document"] for row in rows(store, shown)}
    assert not rows(store, "SELECT * FROM clustering WHERE nmi IS NOT NULL"), "nobody planted anything"


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


def test_a_plan_says_what_is_done_and_estimates_the_rest_and_writes_nothing(real, begun, capsys):
    before = sorted(path for path in begun.rglob("*") if path.is_file())
    assert main(["plan", str(begun / "tiny.toml"), "--work", str(begun / "work")]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "done" in lines["text"] and "to do" in lines["dictionaries"]
    assert not any("not estimated" in line for line in lines.values())
    assert sorted(path for path in begun.rglob("*") if path.is_file()) == before
    main(["plan", str(real / "tiny.toml"), "--work", str(real / "work")])
    assert "about 0 s of one process" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["start", "behaviours", "circuit", "features", "judge", "shift"])
def test_every_page_opens_on_it(real, page, monkeypatch, tmp_path):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(real / "world"))
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "judgements.duckdb"))
    app = AppTest.from_file(str(APP / "main.py"), default_timeout=60).run()
    app.switch_page(f"{page}/page.py").run()
    assert not app.exception

"""The command that builds a world: told stages and figures, killed anywhere, repeated."""

from __future__ import annotations

import os
import shutil

import pytest

from precompute.cli import main
from tests.precompute.real_text import RECIPES
from tests.precompute.tiny_world import build, content, rows


def test_the_report_tells_every_figure(built, capsys):
    assert main(["report", str(built.world)]) == 0
    printed = capsys.readouterr().out
    for row in rows(built.store, "SELECT figure FROM quality"):
        assert row["figure"] in printed
    for row in rows(built.store, "SELECT name FROM shift_run"):
        assert row["name"] in printed


def test_an_unknown_stage_is_told_with_those_there_are(tmp_path, capsys):
    folders = ["--out", str(tmp_path / "o"), "--work", str(tmp_path / "w")]
    assert main(["run", str(RECIPES / "demo.toml"), "--only", "dashbords", *folders]) == 2
    assert "dashboards" in capsys.readouterr().err


def test_a_build_that_is_killed_in_its_circuits_and_classifiers_ends_in_the_same_world(
    built, tmp_path, monkeypatch
):
    """Each stage dies as it puts its third file in place, then goes on. (All others: test_killed.py)"""
    work, out = tmp_path / "work", tmp_path / "world"
    stages = ("circuits", "classifiers")
    shutil.copytree(built.work, work, ignore=shutil.ignore_patterns(*stages))
    replace = os.replace
    for stage in stages:
        files = []

        def dies(source, target, *, folder=str(work / stage), files=files):
            if str(target).startswith(folder):
                files.append(target)
                if len(files) == 3:
                    raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(os, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            build(out, work)
        assert not out.exists()
    monkeypatch.setattr(os, "replace", replace)
    build(out, work)
    before, after = content(built.store), content(out / "world.duckdb")
    assert before.keys() == after.keys()
    for table, expected in before.items():
        assert after[table] == expected, table


def test_a_build_of_what_is_built_changes_nothing(built, tmp_path):
    build(tmp_path / "world", built.work)
    assert content(tmp_path / "world" / "world.duckdb") == content(built.store)

"""What visitors are told of this machine: names of files, not where they lie, and no process."""

from __future__ import annotations

import logging

import pytest

from app.discreet import discreet


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("/srv/worlds/mine/manifest.json: missing", "…/mine/manifest.json: missing"),
        ("open '/home/ann/x.duckdb'; stop it", "open '…/ann/x.duckdb'; stop it"),
        ("~/worlds/mine: no world there", "…/worlds/mine: no world there"),
        (r"C:\worlds\mine\world.duckdb: missing", "…/mine/world.duckdb: missing"),
        ("/a/b.duckdb: process 4711 has it open", "…/a/b.duckdb: another process has it open"),
        ("resid_1/14 and/or embed/3: open /circuit?circuit=x",) * 2,
        ("https://example.org/a/b", "https://example.org/a/b"),
    ],
)  # fmt: skip
def test_a_path_keeps_its_last_two_names(message, said):
    assert discreet(message) == said


def test_folders_with_blanks_are_known_where_the_app_was_started(tmp_path, monkeypatch):
    (tmp_path / "Ann Lee").mkdir()
    monkeypatch.chdir(tmp_path / "Ann Lee")
    said = discreet(f"{tmp_path}/Ann Lee/mine/manifest.json: missing")
    assert said == "…/mine/manifest.json: missing"


def test_the_log_says_all_of_it_once(caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            discreet("/srv/once/manifest.json: missing")
    assert caplog.text.count("/srv/once/manifest.json") == 1

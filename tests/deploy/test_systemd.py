"""The units of deploy/ are sound, start an app that is ready, and back up what is said while it runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from explorer_engine.store.judgement_file import judgements_path
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world
from tests.clone import ROOT, run
from tests.deploy.starting import ready, started

UNITS = sorted((ROOT / "deploy").glob("circuit-explorer*.*"))
PROJECT, STATE = "/opt/circuit-explorer", "/var/lib/circuit-explorer"


def settings(unit: str) -> list[tuple[str, str]]:
    lines = (ROOT / "deploy" / unit).read_text("utf-8").splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines if re.match(r"\w+=", line)]


def environment(unit: str, state: Path) -> dict[str, str]:
    """What the unit sets, what it keeps in a folder of the test's own."""
    given = (value.partition("=") for name, value in settings(unit) if name == "Environment")
    return {name: value.replace(STATE, str(state)) for name, _, value in given}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # as on a machine where the project and its user are there
        text = unit.read_text("utf-8").replace("User=circuit-explorer\n", "")
        (tmp_path / unit.name).write_text(text.replace(f"={PROJECT}/.venv/bin/python", "=/bin/true"), "utf-8")
    names = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "circuit-explorer" in line]
    assert done.returncode == 0 and not own, done.stderr


def test_the_service_starts_an_app_that_is_ready(tmp_path: Path) -> None:
    given = environment("circuit-explorer.service", tmp_path)
    worlds = Path(given["CIRCUIT_EXPLORER_WORLDS"])
    worlds.mkdir()
    shutil.copytree(ROOT / "assets/demo", worlds / "demo")
    (command,) = (value for name, value in settings("circuit-explorer.service") if name == "ExecStart")
    words = [word for word in shlex.split(command) if not word.startswith("$")]
    (tmp_path / "project").mkdir()
    for part in (".streamlit", "app", "explorer_engine", "assets"):
        (tmp_path / "project" / part).symlink_to(ROOT / part)
    with started(words, tmp_path / "project", given) as (_, operations):
        (opened,) = ready(operations)["judgements"].items()  # type: ignore[attr-defined]
        assert opened[0].startswith("demo-") and opened[1] == "open"
        _backs_up(worlds / "demo", tmp_path)


def _backs_up(world: Path, state: Path) -> None:
    """The backup's command, while the app has the store open."""
    (command,) = (value for name, value in settings("circuit-explorer-backup.service") if name == "ExecStart")
    line = command.replace("$$", "$").replace(".venv/bin/python", "python").replace(STATE, str(state))
    given = environment("circuit-explorer-backup.service", state)
    settings_of_it = " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items())
    said = run(f"export {settings_of_it}\n{line}", ROOT)
    assert "0 statements and 0 explanations" in said
    key = open_world(world).key
    (kept,) = Path(f"{state}-backups").glob(f"judgements-{key}.*.duckdb")
    with_nothing = JudgementStore(judgements_path(str(kept), key))
    assert with_nothing.events() == ()
    with_nothing.close()


def test_backups_come_each_night_and_are_made_up_for() -> None:
    timer = dict(settings("circuit-explorer-backup.timer"))
    assert timer["Persistent"] == "true" and timer["OnCalendar"].endswith("03:30")

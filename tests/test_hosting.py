"""docs/hosting.md keeps its word: its commands, in a clean clone, serve, save, put back, swap and export."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from explorer_engine.store.judgement_file import judgements_path
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world
from tests.clone import ROOT, clone, commands_of, run
from tests.deploy.starting import started
from tests.explorer_engine.world.test_swap import world

PREPARING, SERVING, ASKING, SAVING, RESTORING, SWAPPING, EXPORTING = commands_of(
    (ROOT / "docs/hosting.md").read_text("utf-8")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone, prepared as the page says, where Ada has said something."""
    folder = clone(tmp_path_factory.mktemp("clone"))
    run(PREPARING, folder)
    _say(folder, "before the backup")
    return folder


def _say(folder: Path, label: str) -> None:
    store = JudgementStore(judgements_path(str(folder / "kept"), open_world(folder / "worlds/site").key))
    store.label("Ada", "resid_0/3", label)
    store.close()


def _called(folder: Path) -> str:
    store = JudgementStore(judgements_path(str(folder / "kept"), open_world(folder / "worlds/site").key))
    try:
        return store.labels()["resid_0/3"].text
    finally:
        store.close()


def test_it_serves_is_asked_and_backed_up_then_put_back_and_swapped(folder: Path) -> None:
    words = shlex.split(SERVING)
    setting, command = words[0], words[1:]
    assert command[0] == "python" and setting.startswith("CIRCUIT_EXPLORER_OPERATIONS=")
    with started(command, folder, {}) as (_, operations):
        own = re.sub(r"http://127\.0\.0\.1:\d+", operations, ASKING)
        said = run(own, folder)
        assert '"ready": true' in said and re.search(r"^circuit_explorer_sessions 0\.0$", said, re.M)
        assert "1 statements" in run(SAVING, folder)
        said = run(SWAPPING, folder)
        assert said.count("worlds/site: Demo world") == 2
        assert '"ready": true' in run(own, folder), "under readers"
    _say(folder, "after the backup")
    assert "1 statements" in run(RESTORING, folder)
    assert _called(folder) == "before the backup"


def test_it_exports_a_site(folder: Path) -> None:
    shutil.rmtree(folder / "worlds/site")  # a small one: the demo's takes minutes
    world(folder / "worlds/site", "small")
    assert "site: 12 pages" in run(EXPORTING, folder)
    assert (folder / "site/index.html").is_file()

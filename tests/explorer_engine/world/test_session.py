"""Opening a classifier of a world that lacks something it needs: what is missing is named."""

from __future__ import annotations

from contextlib import closing

import pytest

from explorer_engine.errors import InputError
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.worlds import build_world, whole


def opening(folder, task: str = "job", **changes) -> str:
    """What is said when `task` of a world with changed tables (name → function of a row) is opened."""
    rows = whole()
    for table, change in changes.items():
        rows[table] = [row for row in map(change, rows[table]) if row is not None]
    world = open_world(build_world(folder / "world", rows))
    with closing(LoadedWorld(world, workers=1)) as loaded, pytest.raises(InputError) as told:
        loaded.session(task)
    return str(told.value)


@pytest.mark.parametrize("split", ["ambiguous", "balanced", "test"])
def test_texts_that_are_not_there_are_named(tmp_path, split):
    said = opening(tmp_path, classifier_text=lambda row: None if row["split"] == split else row)
    assert "'job'" in said and f"no {split} texts" in said


def test_a_probe_of_another_width_is_told_with_both_widths(tmp_path):
    said = opening(tmp_path, classifier=lambda row: {**row, "probe_weight": [0.5] * 5})
    assert "5 weights" in said and "resid_0" in said and "8 wide" in said


def test_an_unknown_task_is_named(tmp_path):
    assert "no-such" in opening(tmp_path, task="no-such")

"""The stage names what has contexts enough, a shard a site, and the same again when it is done again."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.stages import names
from tests.explorer_engine.naming.grammar import OPTIONS
from tests.precompute.named import named
from tests.worlds import SITES


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    found = named(tmp_path_factory.mktemp("names"))
    return names.stage(OPTIONS, found.source, found.dashboards)


def test_its_units_are_the_sites(stage: Stage) -> None:
    assert stage.units() == [SITES]


def test_what_has_contexts_enough_is_named_and_scored(stage: Stage, tmp_path: Path) -> None:
    for folder in (tmp_path / "once", tmp_path / "again"):
        stage.run("resid_0", folder)
    (row,) = once = shards.read(tmp_path / "once" / "shards", "feature_name", "resid_0")
    assert (row["site"], row["feature"]) == ("resid_0", 3)
    assert row["name"] == "She · promotes sees, likes, fears" and row["accuracy"] == 1
    assert once == shards.read(tmp_path / "again" / "shards", "feature_name", "resid_0")

"""Runs that are killed or interrupted: nothing is published, no worker outlives them, the next goes on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from precompute.engine.ledger import Ledger
from precompute.recipe.tables import read_recipe
from tests.precompute.driver import Driver, until
from tests.precompute.real_text import arguments, build, stored

ON_THE_WAY = {"text": "state.json", "language-model": "checkpoints/state.pt"}
"""What a stage of one unit that takes long keeps of itself meanwhile."""


def amid(stage: Path) -> bool:
    """Whether a stage is at work, half of its units finished where it has several."""
    ledger = Ledger(stage)
    if ledger.done() is not None:
        return True  # too late, but the run is still at work
    if stage.name in ON_THE_WAY:
        return (stage / ON_THE_WAY[stage.name]).exists()
    started = ledger.started()
    return bool(started and started.units) and len(ledger.finished()) >= len(started.units) // 2


def test_killed_in_every_stage_and_while_publishing_it_ends_in_the_same_world(real, tmp_path):
    work, said = tmp_path / "work", tmp_path / "said"
    recipe = tmp_path / "tiny.toml"
    recipe.write_text((real / "tiny.toml").read_text())
    stages = [stage.name for stage in read_recipe(recipe).stages(work)]
    for stage in stages:
        Driver(said, arguments(tmp_path)).at(partial(amid, work / stage)).kill()
    Driver(said, arguments(tmp_path)).at((work / "world").exists).kill()
    assert not (tmp_path / "world" / "manifest.json").exists()
    assert Driver(said, arguments(tmp_path)).wait() == 0
    assert stored(tmp_path) == stored(real)


def test_workers_end_with_a_run_that_is_interrupted_or_killed(real, begun, tmp_path):
    def working(stage: str) -> Driver:
        driver = Driver(tmp_path / "said", [*arguments(begun), "--workers", "2"])
        return driver.at(lambda: bool(Ledger(begun / "work" / stage).finished()))

    interrupted = working("dictionaries")
    assert interrupted.interrupt() == 130
    said = interrupted.said.read_text()
    assert said.splitlines()[-1] == "precompute run: interrupted"
    assert "Traceback" not in said
    assert interrupted.alone()
    killed = working("behaviours")
    killed.kill()
    until(killed.alone)
    assert build(begun) == 0
    assert stored(begun) == stored(real)

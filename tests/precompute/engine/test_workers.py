"""Workers of every kind make the same, survive the death of one, and tell what a unit raises."""

from __future__ import annotations

from functools import partial

import pytest

from explorer_engine.errors import InputError
from precompute.engine.lock import holder, locked
from precompute.engine.ray_workers import RayWorkers
from precompute.engine.run import run_stages
from precompute.engine.workers import Processes
from tests.precompute.engine.bakery import LOAVES, stages

KINDS = {"processes": Processes, "ray": RayWorkers}
BOX = " ".join(f"{loaf} dough" for loaf in LOAVES)


def bake(kind, work, **dies):
    make = partial(stages, work, **dies)
    workers = KINDS[kind](make, 2)
    try:
        run_stages(make(), work, workers=workers)
    finally:
        workers.close()
    return (work / "bread" / "box.txt").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_killed_costs_only_its_unit(kind, tmp_path):
    assert bake(kind, tmp_path, dies="oat", times=1) == BOX
    assert (tmp_path / "death-0").exists()


def test_a_unit_that_kills_every_worker_ends_the_run_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"workers died 3 times.*fewer --workers"):
        bake("processes", tmp_path, dies="oat", times=9)
    assert bake("processes", tmp_path) == BOX, "and the next run goes on"


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_unit_raises_is_told_as_it_is(kind, tmp_path):
    with pytest.raises(InputError, match=r"oat: too hot"):
        bake(kind, tmp_path, dies="oat", times=-1)


def test_a_second_job_on_a_work_folder_says_who_holds_it(tmp_path):
    assert holder(tmp_path) is None
    with locked(tmp_path):
        assert "process" in (holder(tmp_path) or "")
        said = r"another job works here \(process \d+ on .*another --work"
        with pytest.raises(InputError, match=said), locked(tmp_path):
            pass
    assert holder(tmp_path) is None

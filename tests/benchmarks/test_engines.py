"""The benchmark of workers: each kind does the same units, and what it took is told a unit."""

from __future__ import annotations

from pathlib import Path

from benchmarks.engines import compared, idle_stages
from precompute.engine.stage import Stage
from tests.precompute.engine.bakery import stages

UNITS = 7


def bakery(work: Path, workers: int) -> list[Stage]:
    return [*idle_stages(UNITS, work, workers), stages(work)[0]]


def test_every_kind_does_all_units_and_only_several_processes_take_time_to_start(tmp_path):
    one, two = compared(bakery, tmp_path, ["this process", "2 processes"])
    for line in (one, two):
        work = tmp_path / line.kind.replace(" ", "-")
        assert len(list((work / "empty" / "finished").iterdir())) == UNITS
        assert (work / "dough" / "dough.txt").exists()
        assert line.unit > 0 and line.stage > 0
    assert len(list((tmp_path / "2-processes" / "ready").glob("worker-*"))) == 2
    assert one.start < two.start

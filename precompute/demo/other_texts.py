"""The demo's classifiers studied on texts of another seed, by which one may choose: never the table's own."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from explorer_engine.shift.study import Reading, StudiedDraw
from precompute.demo import biographies_task
from precompute.demo.recipe import DemoRecipe
from precompute.stages.classifiers import Classifiers

__all__ = ["add_work", "studied"]

SEED, TEST = 701, 600
"""Of texts that no figure of the world is of, and how many are tested on."""


def add_work(parser: argparse.ArgumentParser) -> None:
    """Add the option for the folder that `make demo` left."""
    default = Path("build/demo")
    parser.add_argument("--work", type=Path, default=default, help="what `make demo` left (%(default)s)")


def studied(work: Path) -> Iterator[tuple[str, StudiedDraw, Reading]]:
    """Name, study and what readers are given, of each task; its session ends when the next is asked for."""
    torch.set_num_threads(1)
    demo = DemoRecipe()
    recipe = replace(demo.biographies, seed=SEED, draws=1, test=TEST)
    with tempfile.TemporaryDirectory() as folder:
        texts = biographies_task.stage(recipe)
        for unit in (unit for wave in texts.units() for unit in wave):
            texts.run(unit, Path(folder))
        tasks = {t.task.name: t for t in biographies_task.labelled_tasks(recipe, Path(folder))}
        job = Classifiers(demo.classifiers, demo.source(work), tasks, work / "dashboards" / "shards")
        for name, task in tasks.items():
            found, reading = job.study_draw(name), job.reading(task.words)
            assert reading is not None  # the demo knows its words and has dashboards
            try:
                yield name, found, reading
            finally:
                found.session.close()

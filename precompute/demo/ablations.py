"""`python -m precompute.demo.ablations`: zero against mean ablation, on texts of another seed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.report import accuracies_of
from explorer_engine.shift.values import ABLATIONS
from explorer_engine.sites import FeatureRef
from precompute.demo import biographies_task
from precompute.demo.recipe import DemoRecipe
from precompute.progress import say
from precompute.stages.classifiers import Classifiers

__all__ = ["main"]

SEED, TEST = 701, 600
"""Of texts that no figure of the world is of, and how many are tested on."""


def main() -> None:
    """Print what the ground truth, the readers and embedding features reach with either ablation."""
    parser = argparse.ArgumentParser(prog="python -m precompute.demo.ablations", description=__doc__)
    default = Path("build/demo")
    parser.add_argument("--work", type=Path, default=default, help="what `make demo` left (%(default)s)")
    work = parser.parse_args().work
    torch.set_num_threads(1)
    demo = DemoRecipe()
    recipe = replace(demo.biographies, seed=SEED, draws=1, test=TEST)
    with tempfile.TemporaryDirectory() as folder:
        texts = biographies_task.stage(recipe)
        for unit in (unit for wave in texts.units() for unit in wave):
            texts.run(unit, Path(folder))
        tasks = {t.task.name: t for t in biographies_task.labelled_tasks(recipe, Path(folder))}
        job = Classifiers(demo.classifiers, demo.source(work), tasks, work / "dashboards" / "shards")
        for name in tasks:
            studied = job.study_draw(name)
            given = studied.given
            say(f"{name}: profession / gender / worst group, per cent")
            for row, sets in (
                ("original", [()]),
                ("ground truth", [given.spurious or ()]),
                ("readers", given.readers),
                ("embedding features", [given.embedding or ()]),
            ):
                _print(studied.session, row, sets)
            studied.session.close()


def _print(session: ShiftSession, row: str, sets: Sequence[Iterable[FeatureRef]]) -> None:
    cells = []
    for ablation in ABLATIONS:
        for retrain in (False, True):
            logits = [session.logits(refs, retrain, ablation=ablation, split="test") for refs in sets]
            found = accuracies_of([(torch.cat(logits), session.texts.test)])
            shares = (found.label, found.attribute, found.worst)
            figures = " / ".join(f"{100 * share.value:.1f}" for share in shares)
            cells.append(f"{ablation}{', retrained' if retrain else ''}: {figures}")
    say(f"{row:<20} {' | '.join(cells)}")


if __name__ == "__main__":
    main()

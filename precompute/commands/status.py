"""`python -m precompute status`: how far the stages of a recipe are, how fast they go, how long is left."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer_engine.progress import duration
from precompute.progress import say
from precompute.recipe.arguments import add_recipe, recipe_of, work_of

__all__ = ["add_parser", "run", "stage_line", "unit_lines"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `status` to the commands."""
    parser = subparsers.add_parser("status", help="how far the work on a recipe is", description=__doc__)
    add_recipe(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    from precompute.engine.lock import holder

    work = work_of(args)
    stages = recipe_of(args).stages(work)
    who = holder(work)
    say(f"{work}: {f'at work: {who}' if who else 'nobody is at work'}")
    for stage in stages:
        say(f"{stage.name:<16} {stage_line(work / stage.name)}")
        if who:
            for line in unit_lines(work / stage.name):
                say(f"  {line}")
    return 0


def unit_lines(folder: Path) -> list[str]:
    """How far the units are that are being done in the folder of a stage."""
    from precompute.engine.ledger import Ledger

    return [
        f"{unit}: {at.what} {at.done / max(1, at.total):.0%}, {duration(at.seconds_left)} left"
        + (f", {at.note}" if at.note else "")
        for unit, at in Ledger(folder).underway().items()
    ]


def stage_line(folder: Path) -> str:
    """How far the stage of a folder is."""
    from precompute.engine.ledger import Ledger

    ledger = Ledger(folder)
    if (done := ledger.done()) is not None:
        return f"done in {duration(done.seconds)}"
    if (started := ledger.started()) is None:
        return "not begun"
    finished = [spent for unit, spent in ledger.finished().items() if unit in started.units]
    if not finished:
        return f"begun, 0 of {len(started.units)} units done" if started.units else "begun"
    each = sum(spent.seconds for spent in finished) / len(finished)
    left = (len(started.units) - len(finished)) * each / max(1, started.workers)
    rate = f"{duration(each)} a unit" + (f", {started.workers} at once" if started.workers > 1 else "")
    return f"{len(finished)} of {len(started.units)} units done, {rate}, {duration(left)} left"

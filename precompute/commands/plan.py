"""`python -m precompute plan`: what a run would do, in which order, and about how long, how large."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from explorer_engine.progress import duration, of_bytes
from precompute.progress import say
from precompute.recipe.arguments import add_recipe, recipe_of, work_of

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `plan` to the commands."""
    parser = subparsers.add_parser(
        "plan",
        help="what a run would do, and about how long it takes",
        description="What a run of the recipe would do, in which order; time of one process, memory and disk "
        "are estimated from a sample of the work that is done here and now. Nothing is written.",
    )
    add_recipe(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    from precompute.engine.run import standing
    from precompute.plan.speeds import Speeds
    from precompute.recipe.build import one_thread

    one_thread()
    recipe, work = recipe_of(args), work_of(args)
    speeds = Speeds(recipe.sample(work))
    say(f"{'stage':<16} {'':<22} {'time':>12} {'memory':>9} {'disk':>9}")
    seconds = memory = disk = 0.0
    guessed = True
    for stage, left in standing(recipe.stages(work), work):
        if not left:
            say(f"{stage.name:<16} done")
            continue
        what = "to do" if left == 1 else f"{left:.0%} to do"
        if stage.work is None:
            say(f"{stage.name:<16} {what:<22} {'not estimated':>12}")
            guessed = False
            continue
        amount = stage.work(speeds.shape)
        own = left * speeds.seconds(amount)
        at_once = speeds.resident + 4 * 2 * speeds.shape.weights + amount.memory
        sizes = f"{of_bytes(at_once):>9} {of_bytes(amount.disk):>9}"
        say(f"{stage.name:<16} {what:<22} {duration(own):>12} {sizes}")
        seconds, disk, memory = seconds + own, disk + amount.disk, max(memory, at_once)
    free = shutil.disk_usage(_there(work)).free
    more = "" if guessed else ", besides what is not estimated"
    say(
        f"about {duration(seconds)} of one process{more}; memory up to {of_bytes(memory)}; "
        f"disk {of_bytes(disk)} of {of_bytes(free)} that are free"
    )
    return 0


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    return folder if folder.exists() else _there(folder.parent)

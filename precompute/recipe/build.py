"""From a recipe to a published world."""

from __future__ import annotations

from pathlib import Path

from explorer_engine.progress import duration
from precompute.engine.lock import locked
from precompute.engine.run import run_stages
from precompute.engine.workers import InProcess, Workers
from precompute.progress import say
from precompute.recipe.recipe import Recipe
from precompute.stages.publish import publish_world

__all__ = ["build_world", "one_thread"]


def one_thread() -> None:
    """Compute on one thread, so that the same numbers come out whatever the number of cores."""
    import torch

    torch.set_num_threads(1)


def build_world(
    recipe: Recipe,
    out: Path,
    work: Path,
    command: str,
    only: str | None = None,
    workers: Workers | None = None,
) -> None:
    """Bring all stages up to date and publish the world in `out`; `only` names a stage to do again.

    `command` makes the world, and stands in it; `workers` do the units (default: this process). Raises
    InputError for a stage that does not exist, for bad input, and where another job works in `work`.
    """
    one_thread()
    stages = recipe.stages(work)
    with locked(work):
        done = run_stages(stages, work, only, workers or InProcess(stages))
        say("publishing")
        words, source = recipe.words(work, command), recipe.source(work)
        counts = publish_world(words, source, done, work, out, recipe.figures(work))
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    seconds = sum(how.seconds for how in done.values())
    rows = f"{sum(counts.values()):,} rows, {size / 1e6:.1f} MB"
    say(f"{out}: {rows}; the stages took {duration(seconds)}")

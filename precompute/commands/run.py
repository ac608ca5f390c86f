"""`python -m precompute run`: make the world of a recipe, or what of it is not made yet."""

from __future__ import annotations

import argparse
import os
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from explorer_engine.errors import InputError
from precompute.inputs import whole_number
from precompute.recipe.arguments import add_recipe, out_of, recipe_of, work_of

if TYPE_CHECKING:
    from precompute.engine.workers import Workers
    from precompute.recipe.recipe import Recipe

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `run` to the commands."""
    parser = subparsers.add_parser(
        "run",
        help="make the world of a recipe",
        description="Make the world of a recipe. Kill it whenever you like: the next run goes on where it "
        "was, and does again only what the recipe's changes touch.",
    )
    add_recipe(parser, out=True)
    parser.add_argument("--only", metavar="STAGE", help="do this stage again, and what changes with it")
    parser.add_argument(
        "--engine", choices=["local", "ray"], default="local", help="who does the work (%(default)s)"
    )
    parser.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes (default: one; on Ray one a processor)"
    )
    parser.add_argument("--address", metavar="A", help="of a Ray cluster that runs already")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    if args.address and args.engine != "ray":
        raise InputError("--address is of a Ray cluster: add --engine ray")
    from precompute.progress import say
    from precompute.recipe.build import build_world

    recipe, out, work = recipe_of(args), out_of(args), work_of(args)
    told = [*(["--set", *args.set] if args.set else []), *(["--out", str(args.out)] if args.out else [])]
    command = shlex.join(["python", "-m", "precompute", "run", str(args.recipe), *told])
    workers = _workers(args, recipe, work)
    try:
        build_world(recipe, out, work, command, args.only, workers)
    finally:
        if workers is not None:
            workers.close()
    say(f"look at it: streamlit run app/main.py -- --world {out}")
    return 0


def _workers(args: argparse.Namespace, recipe: Recipe, work: Path) -> Workers | None:
    """Those asked for; None: this process alone."""
    make = partial(recipe.stages, work.absolute())
    if args.engine == "ray":
        from precompute.engine.ray_workers import RayWorkers

        return RayWorkers(make, args.workers or os.cpu_count() or 1, args.address)
    if (args.workers or 1) == 1:
        return None
    from precompute.engine.workers import Processes

    return Processes(make, args.workers)

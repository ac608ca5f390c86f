"""`python -m precompute validate`: check a world, a folder of shards or a recipe, one line a finding."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from explorer_engine.errors import InputError

__all__ = ["add_parser", "findings", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `validate` to the commands."""
    parser = subparsers.add_parser(
        "validate", help="check a world, a folder of shards or a recipe", description=__doc__
    )
    parser.add_argument("place", type=Path, metavar="DIR_OR_FILE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks: 0 where nothing is wrong, else 2."""
    from precompute.progress import say

    found = list(findings(args.place))
    for line in found:
        say(line)
    say(f"{args.place}: {len(found) or 'nothing'} wrong")
    return 2 if found else 0


def findings(place: Path) -> Iterator[str]:
    """What is wrong with a world, a folder of shards or a recipe. Raises InputError for anything else."""
    from explorer_engine.store.publish import misfits
    from explorer_engine.world.manifest import MANIFEST
    from explorer_engine.world.world import verify_world
    from precompute.recipe.tables import read_recipe

    if place.is_file():
        try:
            read_recipe(place)
        except InputError as problem:
            yield str(problem)
    elif (place / MANIFEST).exists():
        yield from verify_world(place)
    elif any(place.glob("*/*.parquet")):
        yield from misfits(place)
    else:
        raise InputError(f"{place}: no world, no folder of shards and no recipe: name one of these")

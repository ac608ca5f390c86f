"""What commands that work on a recipe are told: its file, other values of its fields, its folders."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer_engine.errors import InputError
from explorer_engine.files import check_folder

if TYPE_CHECKING:
    from precompute.recipe.recipe import Recipe

__all__ = ["add_recipe", "add_set", "out_of", "recipe_of", "work_of"]


def add_recipe(parser: argparse.ArgumentParser, out: bool = False) -> None:
    """The recipe, other values of its fields, its work folder and, where `out`, its world's."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    add_set(parser)
    if out:
        parser.add_argument("--out", type=Path, metavar="DIR", help="the world (default: worlds/RECIPE)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="unfinished work (default: build/RECIPE)")


def add_set(parser: argparse.ArgumentParser) -> None:
    """The argument with other values of a recipe's fields: `args.set`, for `changed`."""
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="FIELD=VALUE",
        help="fields of the recipe: behaviours.clusters=8",
    )


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe as its file and `--set` say; raises InputError as `read_recipe` and `changed` do."""
    from precompute.recipe.changes import changed  # it takes time
    from precompute.recipe.tables import read_recipe

    recipe = read_recipe(args.recipe)
    return changed(recipe, args.set) if args.set else recipe


def out_of(args: argparse.Namespace) -> Path:
    """The world's folder. Raises InputError where something else stands than a world or an empty folder."""
    from explorer_engine.world.renewal import is_place_of_world  # it takes time

    out = args.out or Path("worlds") / args.recipe.stem
    check_folder(out)
    if out.is_dir() and not is_place_of_world(out):
        raise InputError(f"{out}: holds other files than a world's: name a new folder")
    return out


def work_of(args: argparse.Namespace) -> Path:
    """The folder of unfinished work. Raises InputError where something else stands."""
    work = args.work or Path("build") / args.recipe.stem
    check_folder(work)
    return work

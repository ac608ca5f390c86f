"""The folders of a recipe: where its world and its unfinished work lie."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.files import check_folder

__all__ = ["add_folders", "out_of", "work_of"]


def add_folders(parser: argparse.ArgumentParser, out: bool = False) -> None:
    """The arguments: the recipe, its work folder and, where `out`, its world's folder."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    if out:
        parser.add_argument("--out", type=Path, metavar="DIR", help="the world (default: worlds/RECIPE)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="unfinished work (default: build/RECIPE)")


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

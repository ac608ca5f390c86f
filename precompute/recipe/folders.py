"""The folders of a recipe: where its world and its unfinished work lie."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_folders", "out_of", "work_of"]


def add_folders(parser: argparse.ArgumentParser, out: bool = False) -> None:
    """The arguments: the recipe, its work folder and, where `out`, its world's folder."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    if out:
        parser.add_argument("--out", type=Path, metavar="DIR", help="the world (default: worlds/RECIPE)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="unfinished work (default: build/RECIPE)")


def out_of(args: argparse.Namespace) -> Path:
    """The world's folder."""
    return args.out or Path("worlds") / args.recipe.stem


def work_of(args: argparse.Namespace) -> Path:
    """The folder of unfinished work."""
    return args.work or Path("build") / args.recipe.stem

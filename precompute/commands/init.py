"""`python -m precompute init`: write a commented recipe, fitted to the model, dictionaries and text found."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.files import check_writable, whole
from precompute.recipe.arguments import add_set

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `init` to the commands."""
    parser = subparsers.add_parser("init", help="write a recipe for a model and text", description=__doc__)
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--model", required=True, metavar="M", help="a folder or a hub id (@REVISION)")
    parser.add_argument(
        "--dictionaries",
        default="",
        metavar="D",
        help="the same, saelens:RELEASE, or 'resid=D attn=D'; left out: trained",
    )
    where = "a folder, a file, a data set of the hub, or installed-packages"
    parser.add_argument("--text", required=True, metavar="T", help=where)
    parser.add_argument("--column", default="text", help="of the text, where it has columns (%(default)s)")
    parser.add_argument("--pairs", nargs="+", default=[], metavar="FILE", help="contrastive pairs")
    parser.add_argument(
        "--clusters", nargs="+", default=[], metavar="FILE", help="contexts of others' behaviours, or folders"
    )
    parser.add_argument(
        "--classifier", nargs="+", default=[], metavar="FILE", help="texts with a label and an attribute"
    )
    add_set(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    if os.path.lexists(args.recipe):
        raise InputError(f"{args.recipe}: is there already: name another file, or remove it")
    if not args.recipe.parent.is_dir():
        raise InputError(f"{args.recipe}: there is no folder {args.recipe.parent}: make it first")
    check_writable(args.recipe)
    from precompute.progress import say
    from precompute.recipe.changes import changed
    from precompute.recipe.commented import commented
    from precompute.world.fit import fitted_recipe

    recipe, found = fitted_recipe(
        args.model, args.dictionaries, args.text, args.column, args.pairs, args.classifier, args.clusters
    )
    written = commented(changed(recipe, args.set), "world")
    for line in found:
        say(line)
    with whole(args.recipe) as partial:
        partial.write_text(written, "utf-8")
    say(f"{args.recipe}: written; next: python -m precompute run {args.recipe}")
    return 0

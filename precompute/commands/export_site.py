"""`python -m precompute export-site`: a world as pages for any static host, no server of ours behind them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from precompute.inputs import add_judgements
from precompute.progress import counted, say

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add `export-site` to the commands."""
    parser = subparsers.add_parser(
        "export-site",
        help="write a world as pages for any static host",
        description="Write a folder of HTML: a page for every behaviour, every circuit with its picture, and "
        "every feature that is in a circuit or in a classifier's list, with their contexts and circuits as "
        "JSON. No page needs a script or a server. What people call things is in it, their names are not.",
    )
    parser.add_argument("--world", required=True, type=Path, metavar="DIR")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new, or an exported site")
    parser.add_argument("--all-features", action="store_true", help="a page for every feature of the world")
    add_judgements(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do what the command line asks."""
    import duckdb

    from explorer_engine.errors import InputError
    from explorer_engine.store.adoption import gathered
    from explorer_engine.store.judgement_file import judgements_path
    from explorer_engine.world.world import open_world
    from precompute.site.contents import gather
    from precompute.site.writing import check_place, write

    check_place(args.out)
    world = open_world(args.world)
    try:
        path, *older = (judgements_path(args.judgements, key) for key in (world.key, *world.older_keys))
        with gathered(path, older) as judgements:
            if judgements.notice:
                say(judgements.notice)
            contents = gather(world.store, judgements, args.all_features)
        with counted("pages", contents.n_pages) as step:
            n = write(contents, args.out, step)
    except duckdb.Error as problem:
        said = str(problem).splitlines()[0]
        raise InputError(
            f"{args.world}: its store cannot be read ({said}): bring a sound copy; `validate` reads it all"
        ) from None
    say(f"{args.out}: {n:,} pages; open {args.out / 'index.html'}, or copy the folder to a host")

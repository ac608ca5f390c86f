"""`python -m precompute swap`: another world in the place of one that people read, and the way back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add `swap` to the commands."""
    parser = subparsers.add_parser(
        "swap",
        help="put another world in the place of one that people read, or go back",
        description="Copy a world into the folder of another that an app shows, which may go on: its readers "
        "see the new one with their next click. What was there is kept in the folder, once, and --back puts "
        "it back. Judgements follow the dictionaries: with the same ones, all that was said stays.",
    )
    parser.add_argument("--world", required=True, type=Path, metavar="DIR", help="what the app shows")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--with", dest="other", type=Path, metavar="DIR", help="the world that is to be there")
    what.add_argument("--back", action="store_true", help="what was there before the last swap")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do what the command line asks."""
    from explorer_engine.world.swap import put_back, swap
    from explorer_engine.world.world import open_world
    from precompute.progress import say

    if args.back:
        put_back(args.world)
    else:
        swap(args.world, args.other)
    here = open_world(args.world)
    say(f"{args.world}: {here.store.start.world().title}, dictionaries {here.key}; --back undoes this")

"""`python -m precompute demo`: build the demo world from nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo` to the commands."""
    parser = subparsers.add_parser(
        "demo",
        help="build the demo world from nothing",
        description="Build the demo world from nothing, in about two hours of one core, and print "
        "its quality report. Kill it whenever you like: the next run goes on where it was.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("assets/demo"), help="the world's folder (%(default)s)"
    )
    parser.add_argument("--work", type=Path, default=Path("build/demo"), help="unfinished work (%(default)s)")
    parser.add_argument("--only", metavar="STAGE", help="do this stage again, and what changes with it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    from precompute.demo.pipeline import build_world
    from precompute.progress import say
    from precompute.report import world_report

    build_world(args.out, args.work, args.only)
    say(world_report(args.out))
    return 0

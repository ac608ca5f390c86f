"""`python -m precompute import`: a circuit of a file into a world, where the app lists it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from precompute.commands.convert import add_unsaid, unsaid_of
from precompute.inputs import add_judgements
from precompute.progress import say

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "import",
        help="take circuits into a world",
        description="Open circuit files in a world, of any form that `convert` reads. Checked copies are "
        "kept beside its judgements; the world stays as it is, and the app may be open.",
    )
    parser.add_argument("circuit", type=Path, nargs="+", metavar="CIRCUIT")
    parser.add_argument("--world", required=True, type=Path, metavar="DIR")
    add_judgements(parser)
    add_unsaid(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Keep a copy of each, and say where the app shows it."""
    from explorer_engine.store.judgement_file import judgements_path
    from explorer_engine.store.opened_circuits import OpenedCircuits
    from explorer_engine.world.circuits import WorldCircuits
    from explorer_engine.world.world import open_world

    world = open_world(args.world)
    opened = OpenedCircuits.beside(
        judgements_path(args.judgements, world.key), (world.key, *world.older_keys)
    )
    circuits = WorldCircuits(world.store, opened, world.fingerprint)
    for file in args.circuit:
        id = opened.add(file, unsaid=unsaid_of(args))
        graph = circuits.graph(id)
        found = f"{len(graph.circuit.nodes)} nodes, {len(graph.circuit.edges)} edges"
        say(f"{file}: {found}: /circuit?circuit={id}" + (f" ({graph.note})" if graph.note else ""))

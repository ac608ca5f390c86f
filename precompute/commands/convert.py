"""`python -m precompute convert`: a circuit file in another form, for other programs."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_files import FORMS, Unsaid, read_any
from precompute.inputs import check_output
from precompute.progress import say

__all__ = ["add_parser", "add_unsaid", "run", "unsaid_of"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "convert",
        help="a circuit file in another form",
        description="Write a circuit in another form. Read are circuit JSON, attribution graphs of "
        "Neuronpedia and circuit-tracer, and .pt files of the paper's code, which hold all effects and say "
        "neither model nor metric.",
    )
    parser.add_argument(
        "circuit", type=Path, metavar="CIRCUIT", help="circuit.json, graph.json or circuit.pt"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")
    forms = "; ".join(f"{name}: {form.title}" for name, form in FORMS.items())
    parser.add_argument("--form", choices=list(FORMS), default="json", help=f"{forms} (default: json)")
    add_unsaid(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Read the circuit and write it; the file appears whole or not at all."""
    check_output(args.out)
    from explorer_engine.files import whole

    circuit = read_any(args.circuit, unsaid_of(args))
    with whole(args.out) as partial:
        partial.write_text(FORMS[args.form].text(circuit, args.circuit.stem), encoding="utf-8")
    say(f"{args.out}: {len(circuit.nodes)} nodes, {len(circuit.edges)} edges")


def add_unsaid(parser: argparse.ArgumentParser) -> None:
    """The arguments that `unsaid_of` reads."""
    of_pt = parser.add_argument_group("what a .pt does not say")
    given = Unsaid()
    of_pt.add_argument("--node-threshold", type=float, default=given.node_threshold, metavar="T")
    of_pt.add_argument("--edge-threshold", type=float, default=given.edge_threshold, metavar="T")
    of_pt.add_argument("--model", default=given.model, help="the name of its model")


def unsaid_of(args: argparse.Namespace) -> Unsaid:
    """What is taken for what a file does not say. Raises InputError for a threshold that is none."""
    for value in (args.node_threshold, args.edge_threshold):
        if not 0 <= value < math.inf:
            raise InputError(f"threshold {value}: must be 0 or more")
    return Unsaid(args.model, args.node_threshold, args.edge_threshold)

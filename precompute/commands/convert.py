"""`python -m precompute convert`: a circuit file in another form, for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.formats.circuit_files import FORMS
from precompute.inputs import check_output
from precompute.progress import say

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "convert",
        help="a circuit file in another form",
        description="Write a circuit in another form. Read are circuit JSON and .pt files of the paper's "
        "code, which hold all effects and say neither model nor metric.",
    )
    parser.add_argument("circuit", type=Path, metavar="CIRCUIT", help="circuit.json or circuit.pt")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")
    forms = "; ".join(f"{name}: {form.title}" for name, form in FORMS.items())
    parser.add_argument("--form", choices=list(FORMS), default="json", help=f"{forms} (default: json)")
    of_pt = parser.add_argument_group("what a .pt does not say")
    given = CircuitOptions()
    of_pt.add_argument("--node-threshold", type=float, default=given.node_threshold, metavar="T")
    of_pt.add_argument("--edge-threshold", type=float, default=given.edge_threshold, metavar="T")
    of_pt.add_argument("--model", default="unknown", help="the name of its model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Read the circuit and write it; the file appears whole or not at all."""
    check_output(args.out)
    from explorer_engine.files import whole
    from explorer_engine.formats.circuit_json import read_circuit
    from explorer_engine.formats.published_circuit import read_published

    if args.circuit.suffix == ".pt":
        circuit = read_published(args.circuit, args.model, args.node_threshold, args.edge_threshold)
    else:
        circuit = read_circuit(args.circuit)
    with whole(args.out) as partial:
        partial.write_text(FORMS[args.form].text(circuit, args.circuit.stem), encoding="utf-8")
    say(f"{args.out}: {len(circuit.nodes)} nodes, {len(circuit.edges)} edges")

"""`python -m precompute circuit`: find a circuit and write it as circuit JSON."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from precompute.inputs import add_arguments, check_output, load, whole_number
from precompute.progress import say

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("circuit", help="find a circuit", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="circuit.json")
    parser.add_argument("--method", choices=["ig", "attribution", "exact"], default="ig", help="node effects")
    parser.add_argument("--steps", type=whole_number, default=10, help="points of integrated gradients")
    parser.add_argument("--rule", choices=["left", "gauss"], default="left", help="where those points lie")
    parser.add_argument("--baseline", choices=["auto", "patch", "zero"], default="auto")
    parser.add_argument("--metric", choices=["auto", "logit-diff", "log-prob", "logit"], default="auto")
    parser.add_argument("--aggregation", choices=["none", "sum"], default="none", help="sum over positions?")
    parser.add_argument("--node-selection", choices=["averaged", "per-example"], default="averaged")
    parser.add_argument("--node-threshold", type=float, default=0.1)
    parser.add_argument("--edge-threshold", type=float, default=0.01)
    parser.add_argument("--batch-size", type=whole_number, metavar="N", help="examples at once")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Find the circuit and write it; a circuit file appears whole or not at all."""
    check_output(args.out)
    check_thresholds(args.node_threshold, args.edge_threshold)
    from explorer_engine.circuits.discovery import find_circuit
    from explorer_engine.formats.circuit_json import write_circuit

    inputs = load(args)
    started = time.monotonic()
    circuit = find_circuit(
        inputs.model,
        inputs.dictionaries,
        inputs.examples,
        metric=args.metric,
        method=args.method,
        steps=args.steps,
        rule=args.rule,
        baseline=args.baseline,
        aggregation=args.aggregation,
        node_selection=args.node_selection,
        node_threshold=args.node_threshold,
        edge_threshold=args.edge_threshold,
        batch_size=args.batch_size,
        progress=True,
        dictionaries_name=str(args.dictionaries),
        data=inputs.data,
        provenance={"command": command_of("circuit", args), "dtype": args.dtype, "seed": None},
    )
    circuit.provenance["made_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    circuit.provenance["seconds"] = round(time.monotonic() - started, 3)
    write_circuit(circuit, args.out)
    say(f"{args.out}: {len(circuit.nodes)} nodes, {len(circuit.edges)} edges; {circuit.sign}")


def check_thresholds(*values: float) -> None:
    """InputError when a threshold is below 0 or not a number."""
    from explorer_engine.errors import InputError

    for value in values:
        if not 0 <= value < float("inf"):
            raise InputError(f"threshold {value}: must be 0 or more")


def command_of(name: str, args: argparse.Namespace) -> str:
    """The command that makes the result again, with every option written out."""
    parts = [f"python -m precompute {name}"]
    for option, value in vars(args).items():
        if option in ("run", "command") or value is None:
            continue
        text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
        parts.append(f"--{option.replace('_', '-')} {text}")
    return " ".join(parts)

"""`python -m precompute circuit`: find a circuit and write it as circuit JSON."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import join
from typing import Any

from explorer_engine.circuits.options import CircuitOptions
from precompute.inputs import add_arguments, check_output, load
from precompute.options import add_options, options_from
from precompute.progress import bars, say

__all__ = ["add_parser", "command_of", "run"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("circuit", help="find a circuit", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="circuit.json")
    add_options(parser, CircuitOptions)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Find the circuit and write it; a circuit file appears whole or not at all."""
    check_output(args.out)
    options = options_from(args, CircuitOptions)
    from explorer_engine.circuits.discovery import find_circuit
    from explorer_engine.formats.circuit_json import write_circuit
    from explorer_engine.world.manifest import fingerprint_of
    from precompute.world.places import dictionaries_place

    inputs = load(args)
    started = time.monotonic()
    circuit = find_circuit(inputs.model, inputs.dictionaries, inputs.examples, options, progress=bars())
    made = {
        "command": command_of("circuit", args),
        "dtype": args.dtype,
        "seed": None,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
    }
    circuit = replace(
        circuit,
        dictionaries=str(args.dictionaries),
        data=inputs.data,
        provenance={**circuit.provenance, **made},
        fingerprint=fingerprint_of(folder_of(args.model), dictionaries_place(args.dictionaries)),
    )
    write_circuit(circuit, args.out)
    say(f"{args.out}: {len(circuit.nodes)} nodes, {len(circuit.edges)} edges; {circuit.sign}")


def folder_of(model: str) -> Path | None:
    """A model's folder; None where it is of the hub, of which only some files were downloaded."""
    folder = Path(model).expanduser()
    return folder if folder.is_dir() else None


def command_of(name: str, args: argparse.Namespace) -> str:
    """The command that makes the result again, with every option written out."""
    parts = [f"python -m precompute {name}"]
    for option, value in vars(args).items():
        if option in ("run", "command") or value is None or value is False:
            continue
        text = "" if value is True else " " + join(map(str, value if isinstance(value, list) else [value]))
        parts.append(f"--{option.replace('_', '-')}{text}")
    return " ".join(parts)

"""`python -m precompute faithfulness`: how much of the metric a circuit keeps when all else is ablated."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer_engine.circuits.options import SweepOptions
from explorer_engine.errors import InputError
from precompute.commands.circuit import command_of
from precompute.inputs import add_arguments, check_output, load
from precompute.options import add_options, options_from
from precompute.progress import bars, say

if TYPE_CHECKING:
    from explorer_engine.circuits.circuit import Circuit
    from explorer_engine.models import LanguageModel

__all__ = ["add_parser", "run"]

_ROW = ("threshold", "n_nodes", "n_errors", "m_circuit", "m_complement", "faithfulness", "completeness")


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "faithfulness", help="faithfulness and completeness of a circuit", description=__doc__
    )
    add_arguments(parser)
    parser.add_argument("--circuit", required=True, type=Path, metavar="circuit.json")
    parser.add_argument("--out", required=True, type=Path, metavar="faithfulness.json")
    add_options(parser, SweepOptions)
    parser.add_argument(
        "--node-threshold",
        type=float,
        nargs="+",
        metavar="T",
        help="default: 15, log-spaced from the circuit's own threshold up",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Sweep over thresholds and write m(M), m(∅) and a row for each threshold."""
    check_output(args.out)
    options = options_from(args, SweepOptions)
    for value in args.node_threshold or ():
        if not 0 <= value < math.inf:
            raise InputError(f"--node-threshold {value}: must be 0 or more")
    from explorer_engine.circuits.faithfulness import default_start_layer, sweep
    from explorer_engine.formats.circuit_json import read_circuit, write_json

    circuit = read_circuit(args.circuit)
    inputs = load(args)
    check_model(args.circuit, circuit, inputs.model)
    if options.start_layer is None:
        options = replace(options, start_layer=default_start_layer(inputs.model))
    rows = sweep(
        inputs.model,
        inputs.dictionaries,
        circuit,
        inputs.examples,
        args.node_threshold or thresholds_of(circuit),
        options,
        progress=bars(),
    )
    result = {
        "m_model": rows[0].m_model,
        "m_empty": rows[0].m_empty,
        "metric": circuit.metric,
        "sign": circuit.sign,
        **asdict(options),
        "n_examples": len(inputs.examples),
        "rows": [
            {name: _plain(value) for name, value in asdict(row).items() if name in _ROW} for row in rows
        ],
        "data": inputs.data,
        "provenance": {"command": command_of("faithfulness", args)},
    }
    write_json(result, args.out)
    most = rows[0]
    say(
        f"{args.out}: {len(rows)} thresholds; {most.n_nodes} nodes above {most.threshold:g} are "
        f"{most.faithfulness:.2f} faithful, without them {most.completeness:.2f}"
    )


def check_model(path: Path, circuit: Circuit, model: LanguageModel) -> None:
    """Raises InputError for a circuit of another model (by weights, or by name where it has none)."""
    known = circuit.provenance.get("model_fingerprint")
    if circuit.model != model.name if known is None else known != model.fingerprint:
        other = circuit.model if circuit.model != model.name else f"another {model.name}"
        raise InputError(
            f"{path}: is a circuit of {other}, not of this {model.name}: give --model that model"
        )


def thresholds_of(circuit: Circuit) -> list[float]:
    """15 log-spaced thresholds from the circuit's own to its largest |effect|."""
    from explorer_engine.circuits.curve import log_thresholds

    low = max(circuit.node_threshold, 1e-4)
    high = max((abs(node.effect) for node in circuit.nodes), default=1.0)
    return [circuit.node_threshold, *log_thresholds(low, max(high, 1.01 * low))[1:]]


def _plain(value: float) -> float | None:
    """JSON has no NaN: a share whose denominator is 0 is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Circuits as files: the forms in which one is handed out, and those that are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.errors import InputError
from explorer_engine.files import check_readable
from explorer_engine.formats.attribution_graph import attribution_graph
from explorer_engine.formats.attribution_graph_in import circuit_of_graph, is_graph
from explorer_engine.formats.circuit_head import FORMAT
from explorer_engine.formats.circuit_json import circuit_from_json, circuit_to_json, read_json
from explorer_engine.formats.circuit_tables import edges_csv, graphml, nodes_csv

__all__ = ["FORMS", "READERS", "Form", "Reader", "Unsaid", "read_any"]


@dataclass(frozen=True)
class Form:
    """One form that is written."""

    title: str
    ending: str
    """Of the file's name."""
    mime: str
    text: Callable[[Circuit, str], str]
    """From a circuit and its name."""


@dataclass(frozen=True)
class Unsaid:
    """What is taken for what a form does not say."""

    model: str = "unknown"
    node_threshold: float = CircuitOptions.node_threshold
    edge_threshold: float = CircuitOptions.edge_threshold


@dataclass(frozen=True)
class Reader:
    """One form that is read."""

    title: str
    knows: Callable[[Path, Any], bool]
    """From the file and what it holds as JSON, None where it is none."""
    read: Callable[[Path, Any, Unsaid], Circuit]


def _json(circuit: Circuit, _: str) -> str:
    return json.dumps(circuit_to_json(circuit), ensure_ascii=False, indent=1) + "\n"


def _graph(circuit: Circuit, name: str) -> str:
    return json.dumps(attribution_graph(circuit, name), ensure_ascii=False, indent=1) + "\n"


def _published(file: Path, _: Any, unsaid: Unsaid) -> Circuit:
    from explorer_engine.formats.published_circuit import read_published  # it needs torch

    return read_published(file, unsaid.model, unsaid.node_threshold, unsaid.edge_threshold)


FORMS = {
    "json": Form("Circuit JSON", ".json", "application/json", _json),
    "attribution-graph": Form("Attribution graph (Neuronpedia)", ".graph.json", "application/json", _graph),
    "graphml": Form("GraphML", ".graphml", "application/xml", lambda circuit, _: graphml(circuit)),
    "nodes-csv": Form("Nodes (CSV)", ".nodes.csv", "text/csv", lambda circuit, _: nodes_csv(circuit)),
    "edges-csv": Form("Edges (CSV)", ".edges.csv", "text/csv", lambda circuit, _: edges_csv(circuit)),
}
"""By name: circuit JSON is ours and lossless, the others are for other programs."""

READERS = (
    Reader(
        "circuit JSON",
        lambda _, values: isinstance(values, dict) and values.get("format") == FORMAT,
        lambda file, values, _: circuit_from_json(values, str(file)),
    ),
    Reader(
        "an attribution graph of Neuronpedia or circuit-tracer",
        lambda _, values: is_graph(values),
        lambda file, values, _: circuit_of_graph(values, str(file)),
    ),
    Reader("a .pt file of the paper's code", lambda file, _: _starts(file, b"PK"), _published),
)
"""In the order in which they are asked."""


def read_any(file: Path, unsaid: Unsaid | None = None) -> Circuit:
    """The circuit of a file of any form known here, told by what it holds.

    Raises InputError that names the file: it is not there, of no such form, or damaged.
    """
    try:
        values = None if _starts(file, b"PK") else read_json(file)
    except OSError as problem:
        raise InputError(f"{file}: {problem.strerror or problem}: name the file of a circuit") from None
    for reader in READERS:
        if reader.knows(file, values):
            return reader.read(file, values, unsaid or Unsaid())
    raise InputError(f"{file}: no circuit: expected {', '.join(reader.title for reader in READERS)}")


def _starts(file: Path, bytes: bytes) -> bool:
    with check_readable(file).open("rb") as stream:
        return stream.read(len(bytes)) == bytes

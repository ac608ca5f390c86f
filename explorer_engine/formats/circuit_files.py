"""The forms in which a circuit is handed out as a file: what each is called, how its file ends, its text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.formats.attribution_graph import attribution_graph
from explorer_engine.formats.circuit_json import circuit_to_json
from explorer_engine.formats.circuit_tables import edges_csv, graphml, nodes_csv

__all__ = ["FORMS", "Form"]


@dataclass(frozen=True)
class Form:
    """One form."""

    title: str
    ending: str
    """Of the file's name."""
    mime: str
    text: Callable[[Circuit, str], str]
    """From a circuit and its name."""


def _json(circuit: Circuit, _: str) -> str:
    return json.dumps(circuit_to_json(circuit), ensure_ascii=False, indent=1) + "\n"


def _graph(circuit: Circuit, name: str) -> str:
    return json.dumps(attribution_graph(circuit, name), ensure_ascii=False, indent=1) + "\n"


FORMS = {
    "json": Form("Circuit JSON", ".json", "application/json", _json),
    "attribution-graph": Form("Attribution graph (Neuronpedia)", ".graph.json", "application/json", _graph),
    "graphml": Form("GraphML", ".graphml", "application/xml", lambda circuit, _: graphml(circuit)),
    "nodes-csv": Form("Nodes (CSV)", ".nodes.csv", "text/csv", lambda circuit, _: nodes_csv(circuit)),
    "edges-csv": Form("Edges (CSV)", ".edges.csv", "text/csv", lambda circuit, _: edges_csv(circuit)),
}
"""By name: circuit JSON is ours and lossless, the others are for other programs."""

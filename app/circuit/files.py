"""What the Circuit page hands out as a file: the circuit on screen, or the whole one, as circuit JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.formats.circuit_json import circuit_to_json
from explorer_engine.store.values import CircuitSummary

__all__ = ["circuit_json"]


def circuit_json(summary: CircuitSummary, circuit: Circuit) -> str:
    """Circuit JSON v1 of a stored circuit or an excerpt of it; its data say which circuit it is."""
    which = {"circuit": summary.id, "title": summary.title}
    circuit = replace(circuit, data={**circuit.data, **which})
    return json.dumps(circuit_to_json(circuit), ensure_ascii=False, indent=1)

"""A circuit as it is handed out, with what people call its features: on screen or whole, in several forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from explorer_engine.circuits.circuit import Circuit, Node
from explorer_engine.formats.circuit_files import Form
from explorer_engine.store.values import CircuitSummary

__all__ = ["circuit_file"]


def circuit_file(form: Form, summary: CircuitSummary, circuit: Circuit, labels: Mapping[str, str]) -> str:
    """A stored circuit or an excerpt; its data say which circuit it is, its nodes what people call them."""

    def named(node: Node) -> Node:
        return replace(node, label=labels.get(str(node.ref), node.label))

    which = {"circuit": summary.id, "title": summary.title}
    told = replace(circuit, data={**circuit.data, **which}, nodes=tuple(map(named, circuit.nodes)))
    return form.text(told, summary.title)

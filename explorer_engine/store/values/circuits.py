"""What the Circuit page shows: a circuit's head, and the circuit with the words it is shown by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer_engine.circuits.circuit import Circuit, Node
from explorer_engine.sites import FeatureRef

__all__ = ["CircuitSummary", "CircuitGraph"]


@dataclass(frozen=True)
class CircuitSummary:
    """A circuit without its graph: what the circuit is of, and how it was computed."""

    id: str
    title: str
    kind: str
    """"contrast", "behaviour" or "classifier"; "file": it was brought in."""
    behaviour: int | None
    task: str | None
    metric: str
    sign: str
    """What a positive effect means, in words."""
    method: str
    steps: int | None
    baseline: str
    aggregation: str
    """"none" (position-resolved) or "sum"."""
    node_selection: str
    node_threshold: float
    edge_threshold: float
    n_examples: int
    n_nodes: int
    """Features and errors, without the output node."""
    n_errors: int
    max_effect: float | None
    tokens: tuple[str, ...] | None
    example: dict[str, object] | None
    """{"clean": […], "patch": […], "answers": […]}: token texts shown beside the drawing."""
    summed_of: str | None
    """Of a circuit with positions summed: that of the same effects with positions apart, if any."""


@dataclass(frozen=True)
class CircuitGraph:
    """A stored circuit, strongest nodes and edges first, with what its features fire on."""

    summary: CircuitSummary
    circuit: Circuit
    top_tokens: Mapping[FeatureRef, tuple[str, ...]]
    """A feature's name where nobody has labelled it."""
    known: frozenset[FeatureRef] | None = None
    """Those of its features that are this world's; None: all are."""
    note: str | None = None
    """What is to be said before it is read: why some features, or all, are not this world's."""

    def knows(self, node: Node) -> bool:
        """Whether a node's feature is one of this world, with a card and what people say of it here."""
        return not node.is_error and (self.known is None or node.ref in self.known)

    def tokens_of(self, node: Node) -> tuple[str, ...]:
        """Top tokens of a node's feature; none for an error."""
        return self.top_tokens.get(node.ref, ())

"""What the Circuit page shows: a circuit's head, its graph, its faithfulness sweep."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.sites import ERROR, FeatureRef, Site

__all__ = ["CircuitSummary", "CircuitNode", "CircuitEdge", "CircuitGraph", "FaithfulnessPoint"]


@dataclass(frozen=True)
class CircuitSummary:
    """A circuit without its graph: what the circuit is of, and how it was computed."""

    id: str
    title: str
    kind: str
    """"behaviour", "agreement" or "classifier"."""
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
    n_edges: int
    max_effect: float | None
    tokens: tuple[str, ...] | None
    example: dict[str, object] | None
    """{"clean": […], "patch": […], "answers": […]}: token texts shown beside the drawing."""


@dataclass(frozen=True)
class CircuitNode:
    """A node of a stored circuit; `site` is None for the output node "y"."""

    id: str
    site: Site | None
    feature: int | None
    """None for an error node (and for "y")."""
    position: int | None
    effect: float
    tokens: tuple[str, ...]
    """The feature's top tokens: its name where nobody has labelled it."""

    @property
    def is_error(self) -> bool:
        return self.site is not None and self.feature is None

    @property
    def ref(self) -> FeatureRef | None:
        """The feature or error this node is; None for "y"."""
        return (
            None
            if self.site is None
            else FeatureRef(self.site, ERROR if self.feature is None else self.feature)
        )


@dataclass(frozen=True)
class CircuitEdge:
    """An edge of a stored circuit, from `source` (below) to `target` (above)."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True)
class CircuitGraph:
    """A circuit with its whole stored graph; nodes strongest first, edges strongest first."""

    summary: CircuitSummary
    nodes: tuple[CircuitNode, ...]
    edges: tuple[CircuitEdge, ...]


@dataclass(frozen=True)
class FaithfulnessPoint:
    """One threshold of a circuit's faithfulness sweep."""

    unit: str
    """"features" or "neurons"."""
    threshold: float
    n_nodes: int
    n_errors: int
    m_model: float
    m_empty: float
    m_circuit: float
    m_complement: float
    faithfulness: float
    completeness: float

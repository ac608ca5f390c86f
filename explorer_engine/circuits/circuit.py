"""The Circuit value: nodes and edges with their effects, and what one does with them without a model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from explorer_engine.attribution.choices import Aggregation
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.circuits.options import NodeSelection
from explorer_engine.errors import InputError
from explorer_engine.sites import OUTPUT, FeatureRef, Site

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["ERROR", "POINTS", "Circuit", "Edge", "Node"]

POINTS = "points"
"""Name in a circuit's provenance of the points of integrated gradients at each site, where they differ."""
ERROR = "quadrature_error"
"""Name there of the relative error of node effects that was measured with them."""


@dataclass(frozen=True)
class Node:
    """A feature or an SAE error, at one position or summed over positions."""

    site: Site
    feature: int | Literal["error"]
    position: int | None
    """Position in the left-padded prompt; None when positions are summed."""
    effect: float
    """Average effect on the metric."""
    label: str | None = None

    @cached_property
    def id(self) -> str:
        """`resid_3/1234@5`, `resid_3/error`."""
        return f"{self.site}/{self.feature}" + ("" if self.position is None else f"@{self.position}")

    @cached_property
    def ref(self) -> FeatureRef:
        """The feature, whatever the position."""
        return FeatureRef(self.site, self.feature)

    @property
    def is_error(self) -> bool:
        """Whether it is a site's SAE error, not a feature."""
        return self.ref.is_error


@dataclass(frozen=True)
class Edge:
    """A direct effect of one node on the metric through another (or on the metric itself: target `y`)."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True)
class Circuit:
    """Nodes and edges above their thresholds, and how they were found."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    model: str
    dictionaries: str
    """What the dictionaries are called, or where they are; the finder does not know."""
    metric: str
    method: dict[str, Any]
    """For example {"name": "ig", "steps": 10, "rule": "left"}."""
    aggregation: Aggregation
    node_selection: NodeSelection
    baseline: Literal["patch", "zero", "unknown"]
    """`unknown`: of a file that does not say it."""
    n_examples: int
    node_threshold: float
    edge_threshold: float
    data: dict[str, Any] = field(default_factory=dict)
    tokens: tuple[str, ...] | None = None
    """Tokens of one example, when positions are resolved."""
    provenance: dict[str, Any] = field(default_factory=dict)
    fingerprint: Fingerprint | None = None
    """Of its model and dictionaries; None: it does not say which these are."""

    def __post_init__(self) -> None:
        ids = [node.id for node in self.nodes]
        known = {*ids, OUTPUT}
        if len(known) != len(ids) + 1:
            raise InputError("circuit: two nodes have the same id")
        for edge in self.edges:
            if edge.source not in known or edge.target not in known:
                raise InputError(
                    f"circuit: the edge {edge.source} → {edge.target} ends at a node that is not there"
                )
        if len({(edge.source, edge.target) for edge in self.edges}) != len(self.edges):
            raise InputError("circuit: two edges lead from one node to the same other")
        if not all(math.isfinite(node.effect) for node in self.nodes):
            raise InputError("circuit: a node's effect is NaN or Inf")
        if not all(math.isfinite(edge.weight) for edge in self.edges):
            raise InputError("circuit: an edge's weight is NaN or Inf")

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}

    @property
    def features(self) -> frozenset[FeatureRef]:
        """The features in the circuit, errors left out, positions ignored."""
        return frozenset(node.ref for node in self.nodes if not node.is_error)

    @property
    def sign(self) -> str:
        """What a positive effect means, in words."""
        return str(self.provenance.get("sign", "positive: its change from clean to patch raises the metric"))

    def restrict(self, ids: Iterable[str]) -> Circuit:
        """The circuit of some of its nodes and the edges between them (and to the output)."""
        keep = {*ids, OUTPUT}
        return replace(
            self,
            nodes=tuple(node for node in self.nodes if node.id in keep),
            edges=tuple(edge for edge in self.edges if edge.source in keep and edge.target in keep),
        )

    def strongest_first(self) -> Circuit:
        """The same circuit with nodes by falling |effect| and edges by falling |weight|; ties by id."""
        return replace(
            self,
            nodes=tuple(sorted(self.nodes, key=lambda n: (-abs(n.effect), n.id))),
            edges=tuple(sorted(self.edges, key=lambda e: (-abs(e.weight), e.source, e.target))),
        )

    def top(self, k: int) -> Circuit:
        """The k nodes with the largest |effect| (ties by id) and the edges between them."""
        if k < 0:
            raise InputError(f"top {k}: must be 0 or more")
        return self.restrict(n.id for n in sorted(self.nodes, key=lambda n: (-abs(n.effect), n.id))[:k])

    def networkx(self) -> nx.DiGraph:
        """Nodes by id with site, feature, position, effect, label; edges with weight; the output is `y`."""
        import networkx as nx  # here, because whoever only reads a store needs no graph library

        graph = nx.DiGraph()
        for node in self.nodes:
            graph.add_node(
                node.id,
                site=str(node.site),
                feature=node.feature,
                position=node.position,
                effect=node.effect,
                label=node.label,
            )
        graph.add_node(OUTPUT, site=OUTPUT)
        graph.add_weighted_edges_from((edge.source, edge.target, edge.weight) for edge in self.edges)
        return graph

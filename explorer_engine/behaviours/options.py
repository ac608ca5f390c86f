"""How behaviours are found: what is chosen, what it is clustered by, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer_engine.attribution.choices import Rule
from explorer_engine.errors import InputError
from explorer_engine.options import check_at_least, check_choices

__all__ = ["BehaviourOptions", "ClusteringOptions", "Method", "Positions", "RepresentedBy"]

RepresentedBy = Literal["effects", "activations", "dense-effects", "dense-activations", "gradients"]
"""What a context is represented by (App. H.2)."""
Positions = Literal["sum", "last-1", "last-5"]
"""Over which positions before the answer."""
Method = Literal["auto", "spectral", "cosines", "neighbours", "k-means"]
"""How contexts are put together."""


@dataclass(frozen=True)
class ClusteringOptions:
    """One way to cluster the contexts. Raises InputError for an unknown choice, and for the gradients' last
    positions."""

    represented_by: RepresentedBy = "effects"
    """What a context is represented by: `effects` or `activations` of SAE features, the same of the sites'
    own dimensions (`dense-…`), or `gradients` of the loss by the layers' parameters, projected."""
    positions: Positions = "sum"
    """Over which positions before the answer: all are summed, the last one, or the last five are summed.
    Gradients are of all."""
    method: Method = "auto"
    """How contexts are put together: `spectral`, by the angles between all of them; `cosines`, the same to
    first order in the cosine, which needs no matrix of all pairs; `neighbours`, spectral by the angles
    between nearest contexts alone; `k-means`, without similarities. `auto`: k-means for gradients, else
    spectral up to `matrix_limit` contexts and cosines above."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.represented_by == "gradients" and self.positions != "sum":
            raise InputError(
                f"positions {self.positions}: gradients of parameters are of all positions: give sum"
            )

    @property
    def id(self) -> str:
        """Its name in the store, in addresses and in files: `activations-last-1`, `effects-sum-k-means`."""
        parts = [self.represented_by, self.positions, *([self.method] if self.method != "auto" else ())]
        return "-".join(parts)


@dataclass(frozen=True)
class BehaviourOptions:
    """How behaviours are found. Raises InputError for a number out of range."""

    max_loss: float = 0.3
    """Nats: what counts as a confident prediction."""
    min_context: int = 8
    """Tokens that must stand before a prediction."""
    samples: int | None = None
    """Predictions that are clustered at most, drawn at random; left out, all (the paper: 8,192, and 100,000
    by gradients)."""
    clusterings: tuple[ClusteringOptions, ...] = (
        ClusteringOptions("effects", "sum"),
        ClusteringOptions("activations", "last-1"),
    )
    """A way to cluster the contexts, one [[behaviours.clusterings]] each; left out, two: by effects of SAE
    features, summed, and by their activations at the last position."""
    clusters: int = 20
    """Behaviours that each clustering is cut into; 0: that one of the `candidates` with which most clusters
    hold more than one context, as in the paper."""
    candidates: tuple[int, ...] = (10, 20, 50, 100, 200, 500, 1000)
    """Numbers of clusters that are tried where `clusters` is 0, up to half the number of contexts. Most
    clusters of more than one context are often found near the upper end."""
    matrix_limit: int = 8192
    """Contexts up to which all similarities are held at once: 8 n² bytes, half a gigabyte here, and a few
    times that while they are clustered."""
    neighbours: int = 16
    """Nearest contexts of each that the method `neighbours` keeps."""
    projection: int = 30_000
    """Dimensions to which gradients are projected: 4 bytes each for every context."""
    context: int = 64
    """Tokens before the answer that a context is represented by, and that circuits are found on."""
    circuit_contexts: int = 16
    """Contexts that one behaviour's circuit is found on, and as many held out that it is tested on: the most
    certain ones, in turn."""
    faithfulness: float = 0.8
    """What a behaviour's circuit must reach on the contexts it is found on, everything else ablated: it is
    the smallest of the `swept` sizes that does."""
    circuit_nodes: int = 150
    """Nodes that it has at most, whether it reaches that or not."""
    rule: Rule = "midpoint"
    """Where a behaviour's circuit takes the points of integrated gradients, as in [circuits.circuit]."""
    steps: int = 24
    """How many of them; at most, where there is a quadrature error to keep within."""
    quadrature_error: float = 0.05
    """Relative error of node effects to keep within, with as few points at each site as two of the contexts
    need; 0: `steps` points at every site."""
    edge_threshold: float = 0.005
    """Edges with |weight| above it are in a behaviour's circuit."""
    swept: tuple[int, ...] = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150)
    """Sizes at which a behaviour's circuit is tested."""
    seed: int = 0
    """Of the sample, the projection and the clustering."""

    def __post_init__(self) -> None:
        check_choices(self)
        check_at_least(self, 0, "max_loss", "min_context", "faithfulness", "edge_threshold", "clusters")
        check_at_least(self, 0, "quadrature_error")
        check_at_least(self, 1, "samples", "context", "circuit_contexts", "circuit_nodes", "steps")
        check_at_least(self, 1, "matrix_limit", "neighbours", "projection")
        ids = [clustering.id for clustering in self.clusterings]
        if twice := next((id for id in ids if ids.count(id) > 1), None):
            raise InputError(f"clusterings: {twice} is there twice: leave one out")
        if not ids:
            raise InputError("clusterings: none: give at least one, or leave the field out for two")
        if not self.clusters and min(self.candidates, default=0) < 1:
            raise InputError("candidates: give at least one number of clusters, each 1 or more")

    @property
    def most_clusters(self) -> int:
        """How many behaviours a clustering has at most."""
        return self.clusters or max(self.candidates)

    @property
    def least_contexts(self) -> int:
        """How many contexts it takes at least."""
        return self.clusters or 2 * min(self.candidates)

"""How behaviours are found: what is chosen, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.options import check_at_least

__all__ = ["BehaviourOptions"]


@dataclass(frozen=True)
class BehaviourOptions:
    """How behaviours are found. Raises InputError for a number out of range."""

    max_loss: float = 0.3
    """Nats: what counts as a confident prediction."""
    min_context: int = 8
    """Tokens that must stand before a prediction."""
    clusters: int = 20
    """Behaviours that each clustering is cut into."""
    context: int = 64
    """Tokens before the answer that effects are computed on."""
    circuit_contexts: int = 16
    """Contexts that one behaviour's circuit is found on, and as many held out that it is tested on: the most
    certain ones, in turn."""
    faithfulness: float = 0.8
    """What a behaviour's circuit must reach on the contexts it is found on, everything else ablated: it is
    the smallest of the `swept` sizes that does."""
    circuit_nodes: int = 150
    """Nodes that it has at most, whether it reaches that or not."""
    edge_threshold: float = 0.005
    """Edges with |weight| above it are in a behaviour's circuit."""
    swept: tuple[int, ...] = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150)
    """Sizes at which a behaviour's circuit is tested."""
    activations_at: int = 1
    """The second clustering takes activations at so many positions before the answer."""
    seed: int = 0
    """Of the clustering."""

    def __post_init__(self) -> None:
        check_at_least(self, 0, "max_loss", "min_context", "faithfulness", "edge_threshold")
        check_at_least(self, 1, "clusters", "context", "circuit_contexts", "circuit_nodes", "activations_at")

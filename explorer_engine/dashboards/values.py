"""What is known of features without their dictionary: figures, contexts, features that are alike."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.sites import FeatureRef

__all__ = ["FeatureAblation", "FeatureContext", "FeatureFigures", "FeatureNeighbour", "Weighted"]

Weighted = tuple[tuple[int, float], ...]
"""Token ids, each with a number."""


@dataclass(frozen=True)
class FeatureFigures:
    """How active a feature is, and what it does to the next token."""

    ref: FeatureRef
    density: float
    """Share of tokens on which it is active."""
    maximum: float
    """Largest activation."""
    histogram: tuple[int, ...]
    """Active tokens in equal bins of (0, maximum]."""
    top_tokens: tuple[int, ...]
    """Ids of the tokens it fires on most."""
    promoted: Weighted
    """Change of the logit a unit of activation, by the direct path; strongest first."""
    suppressed: Weighted


@dataclass(frozen=True)
class FeatureAblation:
    """What the next token loses and gains when a feature is ablated on its top contexts."""

    ref: FeatureRef
    changes: Weighted
    """Change of log p (nats), from loss to gain."""


@dataclass(frozen=True)
class FeatureContext:
    """A place where a feature is active, with its activations around it."""

    ref: FeatureRef
    bin: int
    """0 = the strongest places, 1–4 = a sample of each quarter of the active tokens, strongest first."""
    rank: int
    """Within the bin, strongest first."""
    document: int
    position: int
    activation: float
    """At the position."""
    first: int
    """Document position of the window's first token."""
    scale: float
    """Largest activation in the window."""
    shades: tuple[int, ...]
    """The window's activations in 255ths of `scale`: that is how exactly they are kept."""

    @property
    def activations(self) -> tuple[float, ...]:
        """The activation on each token of the window, exact to 1/255 of the largest."""
        return tuple(shade / 255 * self.scale for shade in self.shades)


@dataclass(frozen=True)
class FeatureNeighbour:
    """A feature whose decoder direction is close to another's."""

    of: FeatureRef
    """Whose neighbour it is."""
    rank: int
    """From 0, nearest first."""
    ref: FeatureRef
    cosine: float
    """Of the two decoder rows."""
    tokens: tuple[str, ...] = ()
    """Top tokens of the neighbour, where dashboards tell them."""

"""What the Features page shows: lines of the list, the card and the circuits of a feature."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.sites import FeatureRef
from explorer_engine.store.values.tokens import TokenWeight

__all__ = ["FeatureRow", "FeatureCard", "FeaturePattern", "CircuitMembership"]


@dataclass(frozen=True)
class FeatureRow:
    """A feature as a line of the list."""

    ref: FeatureRef
    tokens: tuple[str, ...]
    """The tokens it fires on most: its name where nobody has labelled it."""
    density: float
    """Share of tokens on which it is active."""
    maximum: float
    n_circuits: int


@dataclass(frozen=True)
class FeaturePattern:
    """What was found when a pattern of tokens was looked for that says where a feature is active."""

    name: str | None
    """The pattern in words; None: none does well enough."""
    accuracy: float
    """Balanced accuracy of telling active from silent places, on contexts that it was not found on."""
    correlation: float
    """There, of predicted with true activation."""
    n_documents: int
    """That these contexts are of."""


@dataclass(frozen=True)
class FeatureCard:
    """One feature's figures; its contexts, circuits and neighbours are queries of their own."""

    ref: FeatureRef
    density: float
    maximum: float
    histogram: tuple[int, ...]
    """Active tokens in equal bins of (0, maximum]."""
    tokens: tuple[str, ...]
    promoted: tuple[TokenWeight, ...]
    suppressed: tuple[TokenWeight, ...]
    ablated: tuple[TokenWeight, ...] | None
    """Change of log p of the next token (nats) when ablated on its top contexts, from loss to gain; None
    where that was not measured."""
    pattern: FeaturePattern | None
    """None where none was looked for."""
    n_circuits: int
    previous: FeatureRef | None
    """Neighbour by number in the same dictionary."""
    next: FeatureRef | None


@dataclass(frozen=True)
class CircuitMembership:
    """A circuit that a feature takes part in, with its effect there (summed over positions)."""

    circuit: str
    title: str
    kind: str
    behaviour: int | None
    effect: float

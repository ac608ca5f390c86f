"""How features are named by patterns."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.options import check_at_least

__all__ = ["NamingOptions"]


@dataclass(frozen=True)
class NamingOptions:
    """How features are named by patterns over the tokens of their contexts, found on half of these and tested
    on the others."""

    bar: float = 0.75
    """Least balanced accuracy, on contexts that a pattern was not found on, with which it is a name; of other
    features is said that there is no simple pattern."""
    correlation: float = 0.6
    """Least correlation there of predicted with true activation."""
    active: float = 0.3
    """Share of a feature's strongest activation from which a place counts as one where it is active."""
    contexts: int = 4
    """Fewest contexts of which a pattern is made, half of them to test it."""
    sample: int = 400
    """Places of the documents, drawn at random, where a pattern should not hold; as many others test it."""
    seed: int = 0
    """Of these places."""

    def __post_init__(self) -> None:
        check_at_least(self, 0, "bar", "correlation", "active")
        check_at_least(self, 1, "sample")
        check_at_least(self, 2, "contexts")

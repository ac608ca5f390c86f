"""What a pattern is: conditions on tokens around a place, rules that join them, and how well they do."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "EARLIER",
    "FOURTH",
    "HERE",
    "NEXT",
    "PREVIOUS",
    "SECOND",
    "THIRD",
    "Condition",
    "Name",
    "Pattern",
    "Rule",
    "Score",
]

FOURTH, THIRD, SECOND, PREVIOUS, HERE, NEXT = -4, -3, -2, -1, 0, 1
"""Slots: where a token stands, counted from the place that a rule is asked about."""
EARLIER = -99
"""The slot of anything before the place in the same text, wherever it stands."""


@dataclass(frozen=True)
class Condition:
    """One of these tokens stands in a slot."""

    slot: int
    tokens: tuple[int, ...]
    """Ids in order of what they weigh among the places that the condition was found on; the vocabulary's size
    stands for the boundary between texts."""


@dataclass(frozen=True)
class Rule:
    """Conditions that all hold where a feature is active."""

    conditions: tuple[Condition, ...]
    activation: float
    """Mean activation where they hold, on the contexts that the rule was found on."""
    weight: float
    """Share of the activation on these contexts that it explains, without what rules before it do."""
    typical: tuple[int, ...] = ()
    """What it is active on where they hold, where that is alike: told of a rule without a condition on it."""


@dataclass(frozen=True)
class Pattern:
    """Rules of which one holds where a feature is active, the one that explains most first."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Score:
    """How well a pattern tells, on contexts that it was not found on, where the feature is active."""

    accuracy: float
    """Balanced accuracy: mean of the shares of active and of silent places that it tells right."""
    correlation: float
    """Of predicted with true activation, Pearson's."""
    n_documents: int
    """Documents with contexts that it was tested on."""


@dataclass(frozen=True)
class Name:
    """What a feature is called by its pattern."""

    text: str | None
    """None: no pattern does well enough."""
    pattern: Pattern
    score: Score

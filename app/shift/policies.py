"""Whose word counts when features are ablated: every policy by its name, and how the page says it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.shift.values import Needs
from explorer_engine.store.opinions import Policy

__all__ = ["JUDGED", "POLICIES", "ShownPolicy"]


@dataclass(frozen=True)
class ShownPolicy:
    """One policy."""

    of_people: Policy | None
    """As the judgement store knows it; None: the verdict of the ground truth, in worlds that have one."""
    word: str
    """On the page's control."""
    who: str
    """In the report, after “spurious to”."""
    judge: str
    """In the table of runs, after “judged by”."""
    needs: Needs | None = None
    """What its judgements needed; None: nothing but somebody who reads features."""


POLICIES = {
    "mine": ShownPolicy("mine", "Me", "the person who took this report", "you"),
    "majority": ShownPolicy("majority", "Majority", "the majority of those who judged", "the majority"),
    "any": ShownPolicy("any", "Anyone", "anyone who judged", "anyone"),
    "truth": ShownPolicy(None, "Ground truth", "the ground truth", "the ground truth", "labels"),
}
"""In the order of the control."""

JUDGED = tuple(name for name, policy in POLICIES.items() if policy.of_people)
"""Those that can be followed in every world."""

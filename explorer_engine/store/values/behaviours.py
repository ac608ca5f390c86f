"""What the Behaviours page shows: lines of the table, contexts as text, neighbours by name."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.behaviours.values import Behaviour
from explorer_engine.store.values.tokens import TokenShare

__all__ = ["BehaviourContext", "BehaviourRow", "Neighbour"]


@dataclass(frozen=True)
class BehaviourRow(Behaviour):
    """A behaviour as a line of the table."""

    answers: tuple[TokenShare, ...] = ()
    """The commonest answers, commonest first, at most 8."""
    losses: tuple[tuple[int, float], ...] = ()
    """(optimiser step, nats at the answer) over training; empty where it was not measured."""
    answer_purity: float | None = None
    """Share of the contexts with the commonest answer; None without contexts."""
    error_share: float | None = None
    """Share of SAE errors in the |effects| of its circuit's nodes; None without a circuit."""
    faithfulness: float | None = None
    """Of its circuit; None where it was not measured at the circuit's node threshold."""
    cohesion: float | None = None
    """Mean similarity of two of its first contexts; None where it has fewer, or it was not computed."""


@dataclass(frozen=True)
class BehaviourContext:
    """One context of a behaviour: text up to the answer, the answer, and how the text goes on."""

    rank: int
    """From 1; most certain first."""
    document: int
    position: int
    """Position of the answer in the document."""
    before: tuple[str, ...]
    answer: str
    after: tuple[str, ...]
    p: float
    """Probability of the answer."""
    truth: str | None
    """The planted behaviour, where known."""


@dataclass(frozen=True)
class Neighbour:
    """A behaviour that rests on much the same, by what it is called."""

    id: int
    label: str | None
    answers: tuple[TokenShare, ...]
    similarity: float

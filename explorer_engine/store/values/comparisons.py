"""What the store says of several circuits at once."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AlikeCircuit", "CircuitGroup", "GroupedCircuit", "MatchedBehaviours"]


@dataclass(frozen=True)
class CircuitGroup:
    """Circuits of one kind that can be held against each other; those of behaviours by clustering."""

    kind: str
    clustering: str | None
    title: str | None
    """Of the clustering."""
    n: int
    """Circuits in it; those of the same effects with positions apart and summed count as one."""

    @property
    def id(self) -> str:
        """`classifier`, `behaviour:effects-sum`."""
        return self.kind if self.clustering is None else f"{self.kind}:{self.clustering}"


@dataclass(frozen=True)
class GroupedCircuit:
    """A circuit as it is listed beside others."""

    id: str
    title: str
    behaviour: int | None
    sign: str
    """What a positive effect means, in words."""


@dataclass(frozen=True)
class AlikeCircuit:
    """A circuit that has features in common with another."""

    id: str
    title: str
    behaviour: int | None
    common: int
    """Features in both."""
    features: float
    """Those as a share of the features in either."""


@dataclass(frozen=True)
class MatchedBehaviours:
    """Two behaviours of different clusterings that hold the same contexts, and have circuits."""

    here: int
    there: int
    here_circuit: str
    there_circuit: str
    here_title: str
    """Of the circuit."""
    common: int
    """Contexts in both."""
    share: float
    """Those as a share of the contexts in either."""

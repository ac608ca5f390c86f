"""A faithfulness curve (§3.2): one point a node threshold, and what is read off it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Curve", "FaithfulnessPoint", "log_thresholds", "point_of_size"]


@dataclass(frozen=True)
class FaithfulnessPoint:
    """One threshold. m is the mean over the examples of the metric, in the circuit's sign convention."""

    threshold: float
    n_nodes: int
    """Nodes at the sites that take part (errors included)."""
    n_errors: int
    m_model: float
    m_empty: float
    m_circuit: float
    m_complement: float
    faithfulness: float
    """(m(C) − m(∅)) / (m(M) − m(∅)); NaN where the denominator is 0"""
    completeness: float
    """The same for C's complement."""


Curve = tuple[FaithfulnessPoint, ...]
"""The points of one sweep over thresholds."""


def log_thresholds(low: float = 1e-4, high: float = 1.0, n: int = 15) -> list[float]:
    """n thresholds from low to high at equal ratios, both ends included."""
    return [low * (high / low) ** (i / max(1, n - 1)) for i in range(n)]


def point_of_size(curve: Iterable[FaithfulnessPoint], n_nodes: int) -> FaithfulnessPoint | None:
    """The smallest circuit of the sweep with at least so many nodes; None where all are smaller."""
    large = [point for point in curve if point.n_nodes >= n_nodes]
    return min(large, key=lambda point: point.n_nodes, default=None)

"""A faithfulness curve (§3.2): one point a node threshold, and what is read off it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "Curve",
    "Faithfulness",
    "FaithfulnessPoint",
    "faithfulness_at",
    "log_thresholds",
    "nearest_in_size",
    "point_of_size",
]


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


@dataclass(frozen=True)
class Faithfulness:
    """How faithful a circuit is at some node threshold, measured or between two that were."""

    faithfulness: float
    completeness: float
    n_nodes: float
    """Nodes at the sites that take part in the sweep."""
    measured: bool
    """Whether this very threshold was measured; otherwise it lies between two measured ones."""


def log_thresholds(low: float = 1e-4, high: float = 1.0, n: int = 15) -> list[float]:
    """n thresholds from low to high at equal ratios, both ends included."""
    return [low * (high / low) ** (i / max(1, n - 1)) for i in range(n)]


def point_of_size(curve: Iterable[FaithfulnessPoint], n_nodes: int) -> FaithfulnessPoint | None:
    """The smallest circuit of the sweep with at least so many nodes; None where all are smaller."""
    large = [point for point in curve if point.n_nodes >= n_nodes]
    return min(large, key=lambda point: point.n_nodes, default=None)


def nearest_in_size(curve: Iterable[FaithfulnessPoint], n_nodes: int) -> FaithfulnessPoint | None:
    """The circuit of the sweep nearest in number of nodes, the first of equals; None of an empty one.

    By size, so another circuit than one of so many nodes of which some stand at sites that take no part in
    the sweep; `faithfulness_at` goes by threshold.
    """
    return min(curve, key=lambda point: abs(point.n_nodes - n_nodes), default=None)


def faithfulness_at(curve: Sequence[FaithfulnessPoint], threshold: float) -> Faithfulness | None:
    """Faithfulness and completeness of the circuit at a node threshold; None outside the curve's range.

    By threshold, not by number of nodes: a sweep may leave early layers alone and not count their nodes.
    Between two measured thresholds everything is interpolated linearly in log(threshold).
    """
    by_threshold = {p.threshold: p for p in curve if p.threshold > 0}
    known = sorted(by_threshold)
    if not known or not known[0] * (1 - 1e-9) <= threshold <= known[-1] * (1 + 1e-9):
        return None
    k = min(range(len(known)), key=lambda i: abs(math.log(known[i] / threshold)))
    if math.isclose(known[k], threshold, rel_tol=1e-6):
        exact = by_threshold[known[k]]
        return Faithfulness(exact.faithfulness, exact.completeness, exact.n_nodes, True)
    k = bisect_left(known, threshold)
    low, high = by_threshold[known[k - 1]], by_threshold[known[k]]
    t = math.log(threshold / low.threshold) / math.log(high.threshold / low.threshold)
    return Faithfulness(
        low.faithfulness + t * (high.faithfulness - low.faithfulness),
        low.completeness + t * (high.completeness - low.completeness),
        low.n_nodes + t * (high.n_nodes - low.n_nodes),
        False,
    )

"""Faithfulness curves (§3.2): one point a node threshold; which sweep made one; what is read off it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "TARGET",
    "Curve",
    "Faithfulness",
    "FaithfulnessPoint",
    "Sweep",
    "by_unit",
    "faithfulness_at",
    "log_thresholds",
    "point_of_size",
    "whole_circuit",
]

TARGET = "faithfulness_target"
"""Name in a circuit's provenance of the faithfulness that its size was chosen to reach."""


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


@dataclass(frozen=True, order=True)
class Sweep:
    """Which sweep a curve is of. The first in order is the one to show: everything ablated."""

    tested_on: str
    """In words: `other pairs`, `held-out contexts`, …"""
    errors: str = "circuit"
    """What is done with SAE errors, one of `SweepOptions.errors`."""
    start_layer: int = -1
    """Layers below are left whole: none at −1, where the embedding stands."""
    unit: str = "features"
    """What nodes are: `features` or `neurons`."""

    @property
    def left_whole(self) -> str:
        """What is neither ablated nor counted, in words; empty where everything is."""
        match self.start_layer:
            case -1:
                return ""
            case 0:
                return "embedding"
            case 1:
                return "embedding and layer 0"
            case start:
                return f"embedding and layers 0–{start - 1}"

    @property
    def ablated(self) -> str:
        """What is ablated outside the circuit, in words."""
        whole = f"{self.left_whole} left whole" if self.left_whole else ""
        errors = _ERRORS.get(self.errors, self.errors)
        return ", ".join(part for part in (whole, errors) if part) or "all ablated"


_ERRORS = {
    "circuit": "",
    "remove": "without error nodes",
    "keep": "error nodes left whole",
    "residual-only": "error nodes of the residual stream left whole",
}
"""What is done with SAE errors → in words."""


def by_unit(curves: Mapping[Sweep, Curve], shown: Sweep) -> dict[str, Curve]:
    """A sweep's curve, and beside it that of neurons under the same ablation: those have no error nodes."""
    found = {shown.unit: curves[shown]}
    for sweep, curve in curves.items():
        if sweep.unit == "neurons" and (sweep.tested_on, sweep.start_layer) == (
            shown.tested_on,
            shown.start_layer,
        ):
            found.setdefault("neurons", curve)
    return found


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


def whole_circuit(curves: Mapping[Sweep, Curve], threshold: float) -> tuple[Sweep, Faithfulness] | None:
    """How faithful a circuit of features with this node threshold is, by the first sweep that says so."""
    for sweep in sorted(curves):
        found = faithfulness_at(curves[sweep], threshold) if sweep.unit == "features" else None
        if found is not None:
            return sweep, found
    return None

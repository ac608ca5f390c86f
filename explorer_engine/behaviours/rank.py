"""The rankings of feature-circuits.xyz: figures of a behaviour's circuit by which a list is sorted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer_engine.behaviours.values import CircuitFigures

__all__ = ["circuit_figures", "relative_maximum", "relative_softmax"]


def circuit_figures(
    features: Sequence[float], errors: Sequence[float], edges: Sequence[float]
) -> CircuitFigures:
    """Figures of a circuit from the effects of its feature and error nodes and its edges' weights."""
    return CircuitFigures(
        len(features) + len(errors),
        len(errors),
        float(np.abs(features).max()) if len(features) else None,
        relative_maximum(features),
        relative_maximum(edges),
        relative_softmax(features, errors),
    )


def relative_maximum(values: Sequence[float]) -> float | None:
    """max|x| / mean|x|: 1 when all are equal, n when one of n does everything; None for none or all 0."""
    size = np.abs(np.asarray(values, dtype=float))
    return float(size.max() / size.mean()) if size.any() else None


def relative_softmax(features: Sequence[float], errors: Sequence[float]) -> float | None:
    """s(features) / (s(features) + s(errors)) with s(x) = Σ x·softmax(x): how much the features do of all.

    1 without errors, 0 without features; None when the two sums have no positive total.
    """
    own, others = _softmax_sum(features), _softmax_sum(errors)
    return own / (own + others) if own + others > 0 else None


def _softmax_sum(values: Sequence[float]) -> float:
    x = np.asarray(values, dtype=float)
    if not len(x):
        return 0.0
    weights = np.exp(x - x.max())
    return float((x * weights).sum() / weights.sum())

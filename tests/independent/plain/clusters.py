"""Clusters of predictions against planted truth, and the similarity behind them (the paper, §5, App. H)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def scores(clusters: Sequence[Hashable], truth: Sequence[Hashable]) -> dict[str, float]:
    """NMI, purity and adjusted Rand index of clusters [n] against the truth [n], from n_ij = members in both.

    NMI = I(C;T) / ½(H(C) + H(T)); purity = Σ_i max_j n_ij / n;
    ARI = (R − E) / (½(R_C + R_T) − E), with R pairs that are together in both, R_C and R_T in one, and
    E = R_C·R_T / all pairs.
    """
    rows, columns = (np.unique(np.array(names), return_inverse=True)[1] for names in (clusters, truth))
    counts = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(counts, (rows, columns), 1)
    n = counts.sum()
    of_clusters, of_truth = counts.sum(1), counts.sum(0)
    shared = _entropy(of_clusters / n) + _entropy(of_truth / n) - _entropy(counts.ravel() / n)
    both, one, other = (_pairs(c).sum() for c in (counts, of_clusters, of_truth))
    expected = one * other / _pairs(n)
    return {
        "nmi": 2 * shared / (_entropy(of_clusters / n) + _entropy(of_truth / n)),
        "purity": float(counts.max(1).sum() / n),
        "ari": float((both - expected) / ((one + other) / 2 - expected)),
    }


def cosines(rows: np.ndarray) -> np.ndarray:
    """[n,n] cosine of every two rows [n,F]."""
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return np.clip(unit @ unit.T, -1, 1)


def angular_similarity(cosine: np.ndarray) -> np.ndarray:
    """1 − arccos(C)/π."""
    return 1 - np.arccos(cosine) / np.pi


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def _pairs(n: np.ndarray) -> np.ndarray:
    return n * (n - 1) / 2

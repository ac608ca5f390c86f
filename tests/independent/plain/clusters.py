"""Clusters of predictions against planted truth, and the similarity they are made of (the paper, §5, App. H)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def scores(clusters: Sequence[Hashable], truth: Sequence[Hashable]) -> dict[str, float]:
    """NMI, purity and adjusted Rand index of clusters [n] against the truth [n], from n_ij = members in both.

    NMI = I(C;T) / ½(H(C) + H(T)); purity = Σ_i max_j n_ij / n;
    ARI = (R − E) / (½(R_C + R_T) − E): R counts pairs together in both, R_C and R_T in one, E = R_C·R_T / all pairs.
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


def angular_similarity(rows: np.ndarray) -> np.ndarray:
    """[n,n] 1 − arccos(cosine of two rows)/π, rows [n,F]."""
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, 1)
    return 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def _pairs(n: np.ndarray) -> np.ndarray:
    return n * (n - 1) / 2

"""How alike contexts are, by the angle between their representations (App. H.3): all pairs or the nearest."""

from __future__ import annotations

import numpy as np
import scipy.sparse

__all__ = ["Rows", "angular_similarity", "nearest_similarity", "unit_rows"]

Rows = np.ndarray | scipy.sparse.csr_array
"""[n,C]: a row represents a context."""
_BLOCK = 1 << 24
"""Most similarities that are held at once while the nearest are looked for."""


def unit_rows(matrix: Rows) -> Rows:
    """[n,C] the same rows at length 1; a row of zeros stays as it is."""
    if isinstance(matrix, np.ndarray):
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        return matrix / np.where(lengths > 0, lengths, 1)
    lengths = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)))
    return scipy.sparse.csr_array(scipy.sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ matrix)


def angular_similarity(matrix: Rows) -> np.ndarray:
    """[n,n] 1 − arccos(C)/π, C = cosine of every two rows; a row of zeros has cosine 0 to all others."""
    unit = unit_rows(matrix)
    cosine = _dense(unit @ unit.T).astype(np.float64)
    np.fill_diagonal(cosine, 1)
    return _by_angle(cosine)


def nearest_similarity(matrix: Rows, k: int) -> scipy.sparse.csr_array:
    """[n,n] symmetric: angular similarity of every row and its k nearest others, nothing between the rest.

    Without the n × n matrix: a block of rows at a time.
    """
    unit = unit_rows(matrix)
    n: int = unit.shape[0]  # type: ignore[index]
    k = min(k, n - 1)
    size = max(1, _BLOCK // n)
    columns, values = [], []  # columns in 32 bits, as solvers of sparse matrices want them
    for start in range(0, n, size):
        cosine = _dense(unit[start : start + size] @ unit.T).astype(np.float64)
        here = np.arange(len(cosine))
        cosine[here, start + here] = -np.inf
        nearest = np.argpartition(-cosine, k - 1, axis=1)[:, :k] if k else np.empty((len(cosine), 0), int)
        columns.append(nearest.ravel().astype(np.int32))
        values.append(_by_angle(np.take_along_axis(cosine, nearest, axis=1)).ravel())
    place = (np.repeat(np.arange(n, dtype=np.int32), k), np.concatenate(columns))
    found = scipy.sparse.csr_array((np.concatenate(values), place), shape=(n, n))
    return scipy.sparse.csr_array(found.maximum(found.T))


def _dense(product: Rows) -> np.ndarray:
    return product if isinstance(product, np.ndarray) else product.toarray()


def _by_angle(cosine: np.ndarray) -> np.ndarray:
    return 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi

"""Where contexts lie for spectral clustering: first eigenvectors of a similarity's normalised Laplacian.

Each divided by the root of the degrees, as scikit-learn's `spectral_embedding` does. The similarity is a
matrix, a graph of nearest contexts, or linear in the cosine: the last two are never held as a matrix.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components, laplacian
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.manifold import spectral_embedding

from explorer_engine.behaviours.similarity import Rows, unit_rows

__all__ = ["by_cosines", "by_graph", "by_matrix"]


def by_matrix(similarity: np.ndarray, n_vectors: int, seed: int) -> np.ndarray:
    """[n, n_vectors] of a similarity [n,n]."""
    return spectral_embedding(similarity, n_components=n_vectors, drop_first=False, random_state=seed)


def by_graph(similarity: scipy.sparse.csr_array, n_vectors: int, seed: int) -> np.ndarray:
    """[n, n_vectors] of a sparse similarity [n,n]; parts of it without a link come first, largest first.

    By products with it alone. scikit-learn factorises the matrix for the eigenvalues near 0: of a graph of
    nearest contexts, which has no small separators, the factors are nearly full: n² numbers, n³ operations.
    """
    matrix, roots = laplacian(similarity, normed=True, return_diag=True)
    _, part = connected_components(similarity, directed=False)
    largest = np.argsort(-np.bincount(part), kind="stable")[:n_vectors]
    known = (part[:, None] == largest) * roots[:, None]
    known /= np.linalg.norm(known, axis=0)  # all of eigenvalue 0: a solver would find one of them
    others = _largest(
        lambda x: -(matrix @ x) - 2 * known @ (known.T @ x), len(part), n_vectors - len(largest), seed
    )
    return np.hstack([known, others]) / roots[:, None]


def by_cosines(matrix: Rows, n_vectors: int, seed: int) -> np.ndarray:
    """[n, n_vectors] of the similarity ½ + C/π of rows, C = cosine: 1 − arccos(C)/π to first order.

    A product with it costs two with the rows: time and memory grow with n, not n². n_vectors < n.
    """
    unit = unit_rows(matrix)
    n: int = unit.shape[0]  # type: ignore[index]
    across = scipy.sparse.csr_array(unit.T) if scipy.sparse.issparse(unit) else unit.T
    own = 0.5 + np.asarray((unit * unit).sum(axis=1)).ravel() / np.pi

    def similar(x: np.ndarray) -> np.ndarray:  # nothing is similar to itself
        return 0.5 * x.sum() + unit @ (across @ x) / np.pi - own * x

    roots = np.sqrt(similar(np.ones(n)))
    return _largest(lambda x: similar(x / roots) / roots, n, n_vectors, seed) / roots[:, None]


def _largest(product: Callable[[np.ndarray], np.ndarray], n: int, n_vectors: int, seed: int) -> np.ndarray:
    """[n, n_vectors] eigenvectors of a symmetric matrix [n,n], those of the largest eigenvalues first."""
    if not n_vectors:
        return np.empty((n, 0))
    start = np.random.default_rng(seed).uniform(-1, 1, n)
    operator = LinearOperator((n, n), lambda x: product(x.ravel()), dtype=np.float64)  # type: ignore[call-arg]
    return eigsh(operator, n_vectors, which="LA", v0=start)[1][:, ::-1]

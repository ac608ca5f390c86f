"""From representations to clusters: angular similarity, spectral clustering, how many clusters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse
from sklearn.cluster import KMeans
from sklearn.manifold import spectral_embedding

from explorer_engine.errors import InputError

__all__ = ["angular_similarity", "choose_n_clusters", "spectral_clusters"]


def angular_similarity(matrix: scipy.sparse.csr_array | np.ndarray) -> np.ndarray:
    """[n,n] 1 − arccos(C)/π, C = cosine of every two rows (App. H); a row of zeros has cosine 0."""
    rows = scipy.sparse.csr_array(matrix)
    lengths = np.sqrt(np.asarray(rows.power(2).sum(axis=1)))
    unit = scipy.sparse.csr_array(scipy.sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ rows)
    cosine = np.asarray((unit @ unit.T).todense(), dtype=np.float64)
    np.fill_diagonal(cosine, 1)
    return 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi


def spectral_clusters(similarity: np.ndarray, n_clusters: int, seed: int = 0) -> np.ndarray:
    """[n] cluster numbers from 0, largest cluster first.

    K-means on the first eigenvectors of the normalised Laplacian of the similarity [n,n].

    Raises InputError when there are fewer contexts than clusters.
    """
    return _clusters(_embedding(similarity, n_clusters, seed), n_clusters, seed)


def choose_n_clusters(
    similarity: np.ndarray, candidates: Iterable[int], seed: int = 0
) -> tuple[int, dict[int, int]]:
    """The number with the most clusters of more than one context (App. H), and that count for each.

    Of equals the smaller number. The eigenvectors are computed once, for the largest candidate.
    """
    numbers: Sequence[int] = sorted(set(candidates))
    if not numbers:
        raise InputError("candidates: none; give at least one number of clusters")
    embedding = _embedding(similarity, numbers[-1], seed)
    shared = {}
    for number in numbers:
        sizes = np.bincount(_clusters(embedding[:, :number], number, seed))
        shared[number] = int((sizes > 1).sum())
    return max(numbers, key=lambda number: (shared[number], -number)), shared


def _embedding(similarity: np.ndarray, n_clusters: int, seed: int) -> np.ndarray:
    if not 1 <= n_clusters <= len(similarity):
        raise InputError(
            f"n_clusters {n_clusters}: there are {len(similarity)} contexts; give 1 to as many clusters"
        )
    return spectral_embedding(similarity, n_components=n_clusters, drop_first=False, random_state=seed)


def _clusters(embedding: np.ndarray, n_clusters: int, seed: int) -> np.ndarray:
    labels = KMeans(n_clusters, n_init=10, random_state=seed).fit_predict(embedding)  # type: ignore[arg-type]
    order = np.argsort(-np.bincount(labels, minlength=n_clusters), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[labels]

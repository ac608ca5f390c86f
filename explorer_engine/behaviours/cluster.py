"""From representations to clusters: spectral clustering or k-means, and how many clusters (App. H.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from sklearn.cluster import KMeans

from explorer_engine.behaviours import embedding
from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions, Method
from explorer_engine.behaviours.similarity import Rows, angular_similarity, nearest_similarity, unit_rows
from explorer_engine.errors import InputError

__all__ = ["Clustered", "choose_clusters", "clustered", "spectral_clusters"]


@dataclass(frozen=True, eq=False)
class Clustered:
    """n contexts in clusters, and how they came there."""

    cluster: np.ndarray
    """[n] numbers from 0, largest cluster first."""
    method: Method
    """The one that was used: never `auto`."""
    tried: dict[int, int] = field(default_factory=dict)
    """Number of clusters → how many of them hold more than one context; empty where the number was given."""


def clustered(matrix: Rows, clustering: ClusteringOptions, options: BehaviourOptions) -> Clustered:
    """Clusters of the rows of a matrix [n,C]: `options.clusters` of them, or as the paper chooses.

    K-means goes by the rows at length 1, spectral clustering by the angles between them. Raises InputError
    when there are fewer contexts than clusters, or more than the options let `spectral` have.
    """
    n: int = matrix.shape[0]  # type: ignore[index]
    seed = options.seed
    method = _method(clustering, options, n)
    candidates = [number for number in options.candidates if 2 * number <= n]
    numbers = [options.clusters] if options.clusters else candidates
    most = max(numbers, default=1)
    _check_number(most, n)
    match method:
        case "k-means":
            points = unit_rows(matrix)
        case "cosines" if most < n:
            points = embedding.by_cosines(matrix, most, seed)
        case "neighbours":
            points = embedding.by_graph(nearest_similarity(matrix, options.neighbours), most, seed)
        case _:
            points = embedding.by_matrix(angular_similarity(matrix), most, seed)

    def cut(number: int) -> np.ndarray:
        return _k_means(points if method == "k-means" else points[:, :number], number, seed)

    cluster, tried = choose_clusters(cut, numbers)
    return Clustered(cluster, method, {} if options.clusters else tried)


def spectral_clusters(similarity: np.ndarray, n_clusters: int, seed: int = 0) -> np.ndarray:
    """[n] cluster numbers from 0, largest cluster first.

    K-means on the first eigenvectors of the normalised Laplacian of the similarity [n,n].

    Raises InputError when there are fewer contexts than clusters.
    """
    _check_number(n_clusters, len(similarity))
    return _k_means(embedding.by_matrix(similarity, n_clusters, seed), n_clusters, seed)


def choose_clusters(
    cut: Callable[[int], np.ndarray], candidates: Iterable[int]
) -> tuple[np.ndarray, dict[int, int]]:
    """The clustering with the most clusters of more than one context (App. H.3), and that count for each.

    `cut` gives the cluster [n] of each context for a number of clusters. Of equals the one with fewer
    clusters. Raises InputError for no candidates.
    """
    tried: dict[int, int] = {}
    best = None
    for number in sorted(set(candidates)):
        cluster = cut(number)
        shared = int((np.bincount(cluster) > 1).sum())
        if best is None or shared > max(tried.values()):
            best = cluster
        tried[number] = shared
    if best is None:
        raise InputError("candidates: none has two contexts a cluster: give smaller ones, or more documents")
    return best, tried


def _method(clustering: ClusteringOptions, options: BehaviourOptions, n: int) -> Method:
    """The method of a clustering of n contexts. Raises InputError for a matrix above the limit."""
    small = n <= options.matrix_limit
    match clustering.method:
        case "auto" if clustering.represented_by == "gradients":
            return "k-means"
        case "auto":
            return "spectral" if small else "cosines"
        case "spectral" if not small:
            raise InputError(
                f"clustering {clustering.id}: {n} contexts, more than the matrix_limit of "
                f"{options.matrix_limit}: raise it, lower samples, or let the method be cosines"
            )
    return clustering.method


def _check_number(number: int, n: int) -> None:
    if not 1 <= number <= n:
        raise InputError(f"n_clusters {number}: there are {n} contexts; give 1 to as many clusters")


def _k_means(points: Rows, n_clusters: int, seed: int) -> np.ndarray:
    labels = KMeans(n_clusters, n_init=10, random_state=seed).fit_predict(points)  # type: ignore[arg-type]
    order = np.argsort(-np.bincount(labels, minlength=n_clusters), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[labels]

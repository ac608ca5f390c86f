"""What each cluster of predictions holds: its contexts, how alike they are, its nearest clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.similarity import Rows, angular_similarity
from explorer_engine.behaviours.values import (
    Behaviour,
    BehaviourNeighbour,
    CircuitFigures,
    ContextPointer,
    Similarity,
)

__all__ = ["Clusters", "Name", "behaviours", "contexts", "neighbours", "similarities"]

Name = Callable[[np.ndarray], tuple[str, str]]
"""From the rows of a cluster's predictions: what the cluster is called, and on what grounds."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """n predictions, each in a cluster; cluster c is the behaviour `first_id` + c."""

    predictions: Predictions
    cluster: np.ndarray
    """[n] numbers from 0; one may be missing, where there are fewer clusters than were asked for."""
    truth: Sequence[str] | None = None
    """The planted behaviour of each prediction, where known."""
    first_id: int = 0

    @property
    def numbers(self) -> list[int]:
        """The clusters that hold anything, in order."""
        return np.unique(self.cluster).tolist()

    def members(self, cluster: int) -> np.ndarray:
        """Rows of a cluster's predictions, most certain first."""
        own = np.flatnonzero(self.cluster == cluster)
        return own[np.argsort(self.predictions.loss[own], kind="stable")]

    def label(self, cluster: int, name: Name | None) -> tuple[str, str] | None:
        """What `name` calls a cluster, and on what grounds; None without one."""
        return None if name is None else name(np.flatnonzero(self.cluster == cluster))


def behaviours(
    clusters: Clusters,
    clustering: str,
    name: Name | None = None,
    circuits: Mapping[int, tuple[str, CircuitFigures]] | None = None,
) -> Iterator[Behaviour]:
    """One behaviour a cluster; `circuits` maps a behaviour's id to its circuit's id and figures."""
    for cluster in clusters.numbers:
        own, id = np.flatnonzero(clusters.cluster == cluster), clusters.first_id + cluster
        label, source = clusters.label(cluster, name) or (None, None)
        circuit, figures = (circuits or {}).get(id, (None, None))
        loss = float(clusters.predictions.loss[own].mean())
        yield Behaviour(id, clustering, len(own), loss, label, source, circuit, figures)


def contexts(clusters: Clusters) -> Iterator[ContextPointer]:
    """All contexts of all clusters, each cluster's most certain first."""
    found = clusters.predictions
    for cluster in clusters.numbers:
        for rank, i in enumerate(map(int, clusters.members(cluster))):
            yield ContextPointer(
                behaviour=clusters.first_id + cluster,
                rank=rank,
                document=int(found.document[i]),
                position=int(found.position[i]),
                answer=int(found.answer[i]),
                p=float(np.exp(-found.loss[i])),
                truth=None if clusters.truth is None else clusters.truth[i],
            )


def similarities(clusters: Clusters, matrix: Rows, n: int = 32) -> Iterator[Similarity]:
    """Similarity [n,n] of each cluster's first n contexts; `matrix` [m,C] represents all contexts."""
    for cluster in clusters.numbers:
        found = angular_similarity(matrix[clusters.members(cluster)[:n]]).round(4)
        yield Similarity(clusters.first_id + cluster, tuple(tuple(line) for line in found.tolist()))


def neighbours(clusters: Clusters, matrix: Rows, k: int = 8) -> Iterator[BehaviourNeighbour]:
    """Of each cluster the k with the nearest mean representation; `matrix` [n,C] represents the contexts."""
    numbers, row = np.unique(clusters.cluster, return_inverse=True)
    sizes = np.bincount(row)
    place = (row, np.arange(len(row)))
    means = scipy.sparse.coo_array((1 / sizes[row], place), shape=(len(numbers), len(row))).tocsr() @ matrix
    similarity = angular_similarity(means)
    np.fill_diagonal(similarity, -1)
    for i, cluster in enumerate(numbers.tolist()):
        nearest = np.argsort(-similarity[i], kind="stable")[: min(k, len(numbers) - 1)]
        for rank, j in enumerate(nearest.tolist()):
            yield BehaviourNeighbour(
                behaviour=clusters.first_id + cluster,
                rank=rank,
                other=clusters.first_id + int(numbers[j]),
                similarity=float(similarity[i, j]),
            )

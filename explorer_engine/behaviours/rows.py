"""Behaviours as rows of the artefact store: clusters of predictions with their similarity and neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import numpy as np
import scipy.sparse

from explorer_engine.behaviours.cluster import angular_similarity
from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.rank import CircuitFigures
from explorer_engine.behaviours.score import dominant

__all__ = ["behaviour_rows", "context_rows", "neighbour_rows", "similarity_rows"]

Row = dict[str, object]


def behaviour_rows(
    clustering: str,
    predictions: Predictions,
    clusters: np.ndarray,
    *,
    first_id: int = 0,
    truth: Sequence[str] | None = None,
    circuits: Mapping[int, tuple[str, CircuitFigures]] | None = None,
) -> Iterator[Row]:
    """One row of `behaviour` a cluster; cluster c gets the id `first_id` + c.

    With the planted `truth` of every prediction the commonest one names the cluster and its share is the
    label's source; `circuits` maps a cluster to its circuit's id and figures.
    """
    for cluster in np.unique(clusters).tolist():
        own = np.flatnonzero(clusters == cluster)
        row: Row = {
            "id": first_id + cluster,
            "clustering": clustering,
            "n_contexts": len(own),
            "mean_loss": float(predictions.loss[own].mean()),
        }
        if truth is not None:
            name, share = dominant([truth[i] for i in own.tolist()])
            row |= {"label": name, "label_source": f"planted truth: share {share:.2f}"}
        if circuits is not None and cluster in circuits:
            circuit, figures = circuits[cluster]
            row |= {"circuit": circuit, **asdict(figures)}
        yield row


def context_rows(
    predictions: Predictions, clusters: np.ndarray, *, first_id: int = 0, truth: Sequence[str] | None = None
) -> Iterator[Row]:
    """Rows of `behaviour_context`, each cluster's most certain context first."""
    for cluster in np.unique(clusters).tolist():
        for rank, i in enumerate(by_certainty(predictions, clusters, cluster).tolist()):
            yield {
                "behaviour": first_id + cluster,
                "rank": rank,
                "document": int(predictions.document[i]),
                "position": int(predictions.position[i]),
                "answer": int(predictions.answer[i]),
                "p": float(np.exp(-predictions.loss[i])),
                "truth": None if truth is None else truth[i],
            }


def similarity_rows(
    similarity: np.ndarray, predictions: Predictions, clusters: np.ndarray, *, first_id: int = 0, n: int = 32
) -> Iterator[Row]:
    """Rows of `behaviour_similarity`: similarity of each cluster's first n contexts, as they are listed."""
    for cluster in np.unique(clusters).tolist():
        own = by_certainty(predictions, clusters, cluster)[:n]
        matrix = similarity[np.ix_(own, own)].round(4)
        yield {"behaviour": first_id + cluster, "n": len(own), "matrix": matrix.ravel()}


def neighbour_rows(
    matrix: scipy.sparse.csr_array, clusters: np.ndarray, *, first_id: int = 0, k: int = 8
) -> Iterator[Row]:
    """Rows of `behaviour_neighbour`: clusters with the nearest mean representation, by angular similarity."""
    numbers, row = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(row)
    place = (row, np.arange(len(row)))
    means = scipy.sparse.coo_array((1 / sizes[row], place), shape=(len(numbers), len(row))).tocsr() @ matrix
    similarity = angular_similarity(scipy.sparse.csr_array(means))
    np.fill_diagonal(similarity, -1)
    for i, cluster in enumerate(numbers.tolist()):
        for rank, j in enumerate(
            np.argsort(-similarity[i], kind="stable")[: min(k, len(numbers) - 1)].tolist()
        ):
            yield {
                "behaviour": first_id + cluster,
                "rank": rank,
                "other": first_id + int(numbers[j]),
                "similarity": float(similarity[i, j]),
            }


def by_certainty(predictions: Predictions, clusters: np.ndarray, cluster: int) -> np.ndarray:
    """Numbers of a cluster's predictions, most certain first."""
    own = np.flatnonzero(clusters == cluster)
    return own[np.argsort(predictions.loss[own], kind="stable")]

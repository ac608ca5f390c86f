"""Clusters that anybody would see are found, similarity is its definition, counts are what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse

from explorer_engine.behaviours import angular_similarity, choose_n_clusters, spectral_clusters
from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.rank import circuit_figures
from explorer_engine.behaviours.rows import behaviour_rows, context_rows, neighbour_rows, similarity_rows
from explorer_engine.errors import InputError

SIZES = (12, 8, 5)


def groups() -> tuple[np.ndarray, np.ndarray]:
    """25 vectors near three axes, shuffled, and the axis of each."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.repeat(np.arange(3), SIZES))
    return np.eye(3)[truth] * rng.uniform(1, 5, (25, 1)) + rng.uniform(0, 0.2, (25, 3)), truth


def test_angular_similarity_is_one_minus_the_angle_over_pi() -> None:
    vectors = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.0], [0.0, 0.0]])
    found = angular_similarity(vectors)
    assert found[0] == pytest.approx([1, 0.75, 0.5, 0, 0.5])
    angle = math.acos((vectors[1] @ vectors[3]) / math.sqrt(2))
    assert found[1, 3] == pytest.approx(1 - angle / math.pi)
    assert np.allclose(found, found.T) and np.allclose(np.diag(found), 1)
    assert np.allclose(angular_similarity(scipy.sparse.csr_array(vectors)), found)


def test_spectral_clusters_find_the_groups_largest_first() -> None:
    vectors, truth = groups()
    clusters = spectral_clusters(angular_similarity(vectors), 3)
    assert np.bincount(clusters).tolist() == list(SIZES)
    assert all(len(set(truth[clusters == cluster].tolist())) == 1 for cluster in range(3))
    assert (spectral_clusters(angular_similarity(vectors), 3) == clusters).all()


def test_the_number_of_clusters_maximises_those_with_company() -> None:
    vectors, _ = groups()
    similarity = angular_similarity(vectors)
    number, shared = choose_n_clusters(similarity, [2, 3, 25])
    assert shared[2] == 2 and shared[3] == 3 and shared[25] < 3 and number == 3
    with pytest.raises(InputError, match="n_clusters 26: there are 25 contexts"):
        choose_n_clusters(similarity, [26])
    with pytest.raises(InputError, match="candidates: none"):
        choose_n_clusters(similarity, [])


def test_rows_list_each_cluster_most_certain_first() -> None:
    loss = np.array([0.3, 0.1, 0.2, 0.05])
    predictions = Predictions(np.arange(4), np.arange(4) + 5, np.arange(4) + 10, loss)
    clusters, truth = np.array([0, 0, 0, 1]), ["a", "b", "b", "c"]
    figures = circuit_figures([0.5, -1.5], [0.2], [0.1, 0.3])
    first, second = behaviour_rows(
        "effects", predictions, clusters, first_id=7, truth=truth, circuits={0: ("c", figures)}
    )
    assert (first["id"], first["n_contexts"], first["label"]) == (7, 3, "b")
    assert first["mean_loss"] == pytest.approx(0.2) and first["label_source"] == "planted truth: share 0.67"
    assert (first["circuit"], first["n_nodes"], first["max_effect"]) == (
        "c",
        3,
        1.5,
    ) and "circuit" not in second
    contexts = list(context_rows(predictions, clusters, first_id=7, truth=truth))
    assert [(row["behaviour"], row["rank"], row["document"]) for row in contexts] == [
        (7, 0, 1),
        (7, 1, 2),
        (7, 2, 0),
        (8, 0, 3),
    ]
    assert contexts[0]["p"] == pytest.approx(math.exp(-0.1))
    similarity = np.arange(16).reshape(4, 4) / 16
    (row, _) = similarity_rows(similarity, predictions, clusters, n=2)
    assert row["n"] == 2 and list(row["matrix"]) == [round(x / 16, 4) for x in (5, 6, 9, 10)]  # type: ignore[call-overload]


def test_neighbours_are_the_nearest_means() -> None:
    matrix = scipy.sparse.csr_array(np.array([[1.0, 0, 0], [1, 0.2, 0], [0.5, 0.5, 0], [0, 0, 1.0]]))
    rows = list(neighbour_rows(matrix, np.array([0, 0, 1, 2]), k=1))
    assert [(row["behaviour"], row["other"]) for row in rows[:2]] == [(0, 1), (1, 0)]

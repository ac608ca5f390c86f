"""Clusters that anybody would see are found, and similarity is its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse

from explorer_engine.behaviours.cluster import angular_similarity, choose_n_clusters, spectral_clusters
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

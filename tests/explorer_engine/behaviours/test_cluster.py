"""Clusters that anybody would see are found, by every method, and as many as there are."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from explorer_engine.behaviours.cluster import choose_clusters, clustered, spectral_clusters
from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions
from explorer_engine.behaviours.similarity import angular_similarity
from explorer_engine.errors import InputError

SIZES = (12, 8, 5)


def groups() -> tuple[np.ndarray, np.ndarray]:
    """25 vectors near three axes, shuffled, and the axis of each."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.repeat(np.arange(3), SIZES))
    return np.eye(3)[truth] * rng.uniform(1, 5, (25, 1)) + rng.uniform(0, 0.2, (25, 3)), truth


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two clusterings put the same contexts together."""
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


def test_spectral_clusters_find_the_groups_largest_first() -> None:
    vectors, truth = groups()
    clusters = spectral_clusters(angular_similarity(vectors), 3)
    assert np.bincount(clusters).tolist() == list(SIZES)
    assert same(clusters, truth)
    assert (spectral_clusters(angular_similarity(vectors), 3) == clusters).all()


@pytest.mark.parametrize("method", ["spectral", "cosines", "neighbours", "k-means"])
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
def test_every_method_finds_the_groups(method, kind) -> None:
    vectors, truth = groups()
    options = BehaviourOptions(clusters=3, neighbours=4)
    found = clustered(kind(vectors), ClusteringOptions(method=method), options)
    assert same(found.cluster, truth) and np.bincount(found.cluster).tolist() == list(SIZES)
    assert (found.method, found.tried) == (method, {})


@pytest.mark.parametrize(
    ("by", "limit", "method"),
    [("effects", 25, "spectral"), ("effects", 24, "cosines"), ("gradients", 25, "k-means")],
)
def test_the_method_is_the_paper_s_while_the_matrix_is_within_its_limit(by, limit, method) -> None:
    vectors, truth = groups()
    options = BehaviourOptions(clusters=3, neighbours=4, matrix_limit=limit)
    found = clustered(vectors, ClusteringOptions(by), options)
    assert found.method == method and same(found.cluster, truth)


def test_a_graph_of_all_neighbours_is_clustered_as_the_whole_matrix() -> None:
    """Eigenvectors by sparse products are those of scikit-learn's dense solver."""
    vectors = np.abs(np.random.default_rng(2).normal(size=(40, 6)))
    options = BehaviourOptions(clusters=5, neighbours=39)
    spectral, neighbours = (
        clustered(vectors, ClusteringOptions(method=method), options).cluster
        for method in ("spectral", "neighbours")
    )
    assert same(spectral, neighbours)


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
def test_cosines_are_clustered_as_their_whole_matrix(kind) -> None:
    vectors = np.random.default_rng(3).normal(size=(40, 6))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = spectral_clusters(0.5 + unit @ unit.T / np.pi, 5)
    options = BehaviourOptions(clusters=5)
    assert same(clustered(kind(vectors), ClusteringOptions(method="cosines"), options).cluster, expected)


def test_a_matrix_above_its_limit_is_refused() -> None:
    vectors, _ = groups()
    options = BehaviourOptions(clusters=3, matrix_limit=24)
    with pytest.raises(
        InputError, match="effects-sum-spectral: 25 contexts, more than the matrix_limit of 24"
    ):
        clustered(vectors, ClusteringOptions(method="spectral"), options)


def planted(n_groups: int, company: int, alone: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of equal vectors but for noise, and vectors that are like no other; the group of each."""
    truth = np.concatenate([np.repeat(np.arange(n_groups), company), np.arange(n_groups, n_groups + alone)])
    rng = np.random.default_rng(0)
    vectors = np.eye(truth.max() + 1)[truth]
    return vectors + rng.normal(0, 1e-3, vectors.shape), truth


@pytest.mark.parametrize("method", ["spectral", "cosines", "neighbours", "k-means"])
def test_the_number_of_clusters_maximises_those_with_company(method) -> None:
    """Pairs: more clusters tear them apart, fewer throw them together."""
    vectors, truth = planted(12, 2, 4)
    options = BehaviourOptions(clusters=0, candidates=(4, 8, 12, 13, 14, 20), neighbours=2)
    found = clustered(vectors, ClusteringOptions(method=method), options)
    counts = np.bincount(found.cluster)
    assert max(found.tried.values()) == (counts > 1).sum() == found.tried[len(counts)]
    assert list(found.tried) == [4, 8, 12, 13, 14], "a number above half of the contexts is not tried"
    assert len(counts) in (12, 13, 14)
    assert all(len(set(found.cluster[truth == group])) == 1 for group in range(12))


def test_of_numbers_that_do_equally_well_the_smaller_is_taken() -> None:
    sizes = {2: [0, 0, 1, 1, 1], 3: [0, 0, 1, 1, 2], 4: [0, 0, 1, 2, 3]}
    cluster, tried = choose_clusters(lambda number: np.array(sizes[number]), [4, 3, 2, 3])
    assert tried == {2: 2, 3: 2, 4: 1} and cluster.tolist() == sizes[2]


def test_more_clusters_than_contexts_and_no_candidates_are_refused() -> None:
    vectors, _ = groups()
    for method in ("spectral", "cosines", "neighbours", "k-means"):
        with pytest.raises(InputError, match="n_clusters 26: there are 25 contexts"):
            clustered(vectors, ClusteringOptions(method=method), BehaviourOptions(clusters=26))
    with pytest.raises(InputError, match="candidates: none has two contexts a cluster"):
        clustered(vectors, ClusteringOptions(), BehaviourOptions(clusters=0, candidates=(13,)))

"""Similarity is its definition; that of the nearest is the matrix's, with the rest left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse

from explorer_engine.behaviours import similarity
from explorer_engine.behaviours.similarity import angular_similarity, nearest_similarity


def test_angular_similarity_is_one_minus_the_angle_over_pi() -> None:
    vectors = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.0], [0.0, 0.0]])
    found = angular_similarity(vectors)
    assert found[0] == pytest.approx([1, 0.75, 0.5, 0, 0.5])
    angle = math.acos((vectors[1] @ vectors[3]) / math.sqrt(2))
    assert found[1, 3] == pytest.approx(1 - angle / math.pi)
    assert np.allclose(found, found.T) and np.allclose(np.diag(found), 1)
    assert np.allclose(angular_similarity(scipy.sparse.csr_array(vectors)), found)


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("block", [1 << 24, 60])
def test_the_nearest_are_those_of_the_whole_matrix(kind, block, monkeypatch) -> None:
    monkeypatch.setattr(similarity, "_BLOCK", block)
    vectors = np.random.default_rng(0).normal(size=(20, 6))
    whole = angular_similarity(vectors)
    np.fill_diagonal(whole, -1)
    rank = np.argsort(np.argsort(-whole, axis=1), axis=1)
    near = rank < 3
    expected = np.where(near | near.T, whole, 0)
    assert np.allclose(nearest_similarity(kind(vectors), 3).toarray(), expected)


def test_more_neighbours_than_there_are_others_is_all_of_them() -> None:
    vectors = np.random.default_rng(1).normal(size=(4, 3))
    whole = angular_similarity(vectors)
    np.fill_diagonal(whole, 0)
    assert np.allclose(nearest_similarity(vectors, 9).toarray(), whole)

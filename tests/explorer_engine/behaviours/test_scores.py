"""Scores and rankings on numbers small enough to work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer_engine.behaviours.rank import circuit_figures, relative_maximum, relative_softmax
from explorer_engine.behaviours.score import agreement, purity, scores, token_clusters


def test_purity_counts_the_commonest_truth_of_each_cluster() -> None:
    assert purity([0, 0, 0, 1, 1], ["a", "a", "b", "c", "b"]) == pytest.approx(3 / 5)
    assert purity([0, 1, 2], ["a", "a", "b"]) == 1.0


def test_scores_beside_those_of_tokens_alone() -> None:
    truth = ["a", "a", "b", "b"]
    answers, before = np.array([5, 6, 5, 6]), np.array([1, 1, 2, 2])
    found = agreement(np.array([1, 1, 0, 0]), answers, before, truth)
    assert (found.clusters.nmi, found.clusters.purity, found.clusters.ari) == (pytest.approx(1), 1.0, 1.0)
    by_answer = found.token_identity
    assert by_answer is not None and by_answer.nmi == pytest.approx(0, abs=1e-12) and by_answer.purity == 0.5
    # clusters [0,0,1] against [a,b,b]: I = ln(3/2)·2/3 − …, worked out from the definition 2I/(H+H)
    h = math.log(3) - 2 / 3 * math.log(2)
    i = (
        1 / 3 * math.log((1 / 3) / (2 / 9))
        + 1 / 3 * math.log((1 / 3) / (4 / 9))
        + 1 / 3 * math.log((1 / 3) / (2 / 9))
    )
    assert scores(np.array([0, 0, 1]), ["a", "b", "b"]).nmi == pytest.approx(i / h)


def test_tokens_alone_make_as_many_clusters_and_see_both_tokens() -> None:
    """Of six kinds of (answer, before) those that share a token stand together."""
    answers = np.repeat([7, 7, 8, 9], 20)
    before = np.repeat([1, 2, 3, 3], 20)
    found = token_clusters(answers, before, 2)
    groups = found.reshape(4, 20)
    assert set(found.tolist()) == {0, 1} and all(len(set(group)) == 1 for group in groups.tolist())
    assert groups[0, 0] == groups[1, 0] != groups[2, 0] == groups[3, 0]


def test_relative_maximum_is_max_over_mean_of_sizes() -> None:
    assert relative_maximum([1.0, -4.0, 1.0]) == pytest.approx(2.0)
    assert relative_maximum([3.0, -3.0]) == pytest.approx(1.0)
    assert relative_maximum([]) is None and relative_maximum([0.0, 0.0]) is None


def test_relative_softmax_is_the_features_part() -> None:
    own = (1 * math.e + 0) / (math.e + 1)
    assert relative_softmax([1.0, 0.0], [0.5]) == pytest.approx(own / (own + 0.5))
    assert relative_softmax([2.0], []) == 1.0 and relative_softmax([], [2.0]) == 0.0
    assert relative_softmax([-1.0], [0.5]) is None
    assert relative_softmax([1000.0], [1000.0]) == pytest.approx(0.5)


def test_figures_of_a_circuit() -> None:
    found = circuit_figures([0.5, -2.0], [0.1], [])
    assert (found.n_nodes, found.n_errors, found.max_effect) == (3, 1, 2.0)
    assert found.relative_max_node == pytest.approx(1.6) and found.relative_max_edge is None
    assert circuit_figures([], [0.1], []).max_effect is None

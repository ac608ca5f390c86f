"""What a cluster holds: its contexts most certain first, its label, its nearest clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse

from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.members import Clusters, behaviours, contexts, neighbours, similarities
from explorer_engine.behaviours.rank import circuit_figures

TRUTH = ["a", "b", "b", "c"]
LOSS = np.array([0.3, 0.1, 0.2, 0.05])
CLUSTERS = Clusters(
    Predictions(np.arange(4), np.arange(4) + 5, np.arange(4) + 10, LOSS),
    np.array([0, 0, 0, 1]),
    TRUTH,
    first_id=7,
)


def test_behaviours_are_named_by_what_is_known_and_carry_their_circuit() -> None:
    figures = circuit_figures([0.5, -1.5], [0.2], [0.1, 0.3])
    first, second = behaviours(
        CLUSTERS,
        "effects",
        lambda rows: ("-".join(TRUTH[i] for i in rows), "because"),
        {7: ("c", figures)},
    )
    assert (first.id, first.clustering, first.n_contexts) == (7, "effects", 3)
    assert (first.label, first.label_source) == ("a-b-b", "because")
    assert first.mean_loss == pytest.approx(0.2)
    assert (first.circuit, first.figures) == ("c", figures) and figures.max_effect == 1.5
    assert (second.id, second.label, second.circuit, second.figures) == (8, "c", None, None)


def test_nothing_is_named_without_a_namer() -> None:
    unknown = Clusters(CLUSTERS.predictions, CLUSTERS.cluster)
    assert CLUSTERS.label(0, None) is None
    assert [found.label for found in behaviours(unknown, "effects")] == [None, None]
    assert {found.truth for found in contexts(unknown)} == {None}


def test_contexts_come_most_certain_first() -> None:
    found = list(contexts(CLUSTERS))
    assert [(c.behaviour, c.rank, c.document, c.position, c.answer, c.truth) for c in found] == [
        (7, 0, 1, 6, 11, "b"),
        (7, 1, 2, 7, 12, "b"),
        (7, 2, 0, 5, 10, "a"),
        (8, 0, 3, 8, 13, "c"),
    ]
    assert found[0].p == pytest.approx(math.exp(-0.1))


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
def test_similarity_is_of_the_first_contexts_as_they_are_listed(kind) -> None:
    """Rows at 0°, 30°, 60° and 90°: of the first cluster the second and third context are most certain."""
    angles = np.radians([0, 30, 60, 90])
    first, second = similarities(CLUSTERS, kind(np.stack([np.cos(angles), np.sin(angles)], axis=1)), n=3)
    near, far = round(1 - 1 / 6, 4), round(1 - 1 / 3, 4)
    assert first.matrix == ((1, near, near), (near, 1, far), (near, far, 1))
    assert (first.behaviour, first.n, first.low, first.high) == (7, 3, far, 1)
    assert (second.behaviour, second.n) == (8, 1)


def test_neighbours_are_the_nearest_means() -> None:
    matrix = scipy.sparse.csr_array(np.array([[1.0, 0, 0], [1, 0.2, 0], [0.5, 0.5, 0], [0, 0, 1.0]]))
    clusters = Clusters(CLUSTERS.predictions, np.array([0, 0, 1, 2]))
    found = list(neighbours(clusters, matrix, k=1))
    assert [(n.behaviour, n.rank, n.other) for n in found[:2]] == [(0, 0, 1), (1, 0, 0)]

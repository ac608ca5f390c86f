"""How well clusters agree with planted truth, and what the tokens alone would score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import scipy.sparse
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from explorer_engine.behaviours.cluster import spectral_clusters
from explorer_engine.behaviours.similarity import angular_similarity
from explorer_engine.behaviours.values import Agreement, Scores

__all__ = ["agreement", "purity", "scores", "token_clusters"]


def purity(clusters: Sequence[int] | np.ndarray, truth: Sequence[str]) -> float:
    """Share of contexts whose truth is the commonest one of their cluster; 1 when each stands alone."""
    groups: dict[int, Counter[str]] = {}
    for cluster, name in zip(clusters, truth, strict=True):
        groups.setdefault(int(cluster), Counter())[name] += 1
    return sum(group.most_common(1)[0][1] for group in groups.values()) / len(truth)


def scores(clusters: np.ndarray, truth: Sequence[str]) -> Scores:
    """Score clusters [n] against the truth [n]."""
    return Scores(
        float(normalized_mutual_info_score(truth, clusters)),
        purity(clusters, truth),
        float(adjusted_rand_score(truth, clusters)),
    )


def token_clusters(answers: np.ndarray, before: np.ndarray, n_clusters: int, seed: int = 0) -> np.ndarray:
    """Clusters [n] by two token ids alone, the answer [n] and the one before it [n]: as many as asked for.

    Made as the model's are, from the angles between representations: here one 1 for either token.
    """
    return spectral_clusters(angular_similarity(_one_hot(answers, before)), n_clusters, seed)


def _one_hot(*tokens: np.ndarray) -> scipy.sparse.csr_array:
    """[n, kinds of each]: a 1 for the kind that a row has of each."""
    parts = []
    for ids in tokens:
        kinds, kind = np.unique(ids, return_inverse=True)
        shape = (len(ids), len(kinds))
        parts.append(scipy.sparse.csr_array((np.ones(len(ids)), (np.arange(len(ids)), kind)), shape))
    return scipy.sparse.csr_array(scipy.sparse.hstack(parts))


def agreement(
    clusters: np.ndarray, answers: np.ndarray, before: np.ndarray, truth: Sequence[str], seed: int = 0
) -> Agreement:
    """Score clusters [n] against the truth [n], beside clusterings by tokens alone.

    `answers` and `before` [n] are the ids of the predicted tokens and of those before them.
    """
    tokens = token_clusters(answers, before, len(np.unique(clusters)), seed)
    return Agreement(scores(clusters, truth), scores(tokens, truth), scores(answers, truth))

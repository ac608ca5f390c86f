"""How well clusters agree with planted truth, and what the identity of the next token alone would score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from explorer_engine.behaviours.values import Agreement

__all__ = ["agreement", "purity"]


def purity(clusters: Sequence[int] | np.ndarray, truth: Sequence[str]) -> float:
    """Share of contexts whose truth is the commonest one of their cluster; 1 when each stands alone."""
    groups: dict[int, Counter[str]] = {}
    for cluster, name in zip(clusters, truth, strict=True):
        groups.setdefault(int(cluster), Counter())[name] += 1
    return sum(group.most_common(1)[0][1] for group in groups.values()) / len(truth)


def agreement(clusters: np.ndarray, answers: np.ndarray, truth: Sequence[str]) -> Agreement:
    """Score clusters [n] against the truth [n], beside the clustering by the answer's token id [n]."""
    return Agreement(
        float(normalized_mutual_info_score(truth, clusters)),
        purity(clusters, truth),
        float(normalized_mutual_info_score(truth, answers)),
        purity(answers, truth),
    )

"""What SHIFT reports: accuracy on label, attribute and worst group, with intervals; flipped predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.shift.measures import Accuracies, Share
from explorer_engine.shift.texts import TextSet
from explorer_engine.shift.values import Flip

__all__ = ["ShiftReport", "accuracies_of", "flips", "report_of"]

_DRAWS = 2000


@dataclass(frozen=True, eq=False)
class ShiftReport:
    """A classifier's accuracies on a test set with equal groups, and its predictions."""

    accuracies: Accuracies
    p: Tensor
    """[N] probability of label 1 for each text, by the first classifier"""
    n_ablated: int = 0
    """How many features were ablated."""


def report_of(logits: Tensor, texts: TextSet, n_ablated: int = 0, seed: int = 0) -> ShiftReport:
    """The report of the predictions logit > 0 for `logits` [N] or [K,N] of K classifiers on `texts`."""
    several = logits.reshape(-1, len(texts))
    p = torch.sigmoid(several[0].double())
    return ShiftReport(accuracies_of([(several, texts)], seed), p, n_ablated)


def accuracies_of(answers: Sequence[tuple[Tensor, TextSet]], seed: int = 0) -> Accuracies:
    """Accuracies of the predictions logit > 0 for logits [K,N] on N texts; one entry a draw of texts.

    The K classifiers are what else was drawn: seeds of a probe, random features, readers. Figures are means
    over them and over the draws of texts; intervals are 95 % bootstrap intervals over draws, classifiers and
    the texts of each group. Resampling a group's texts and averaging their hits is drawing a binomial number,
    so that is what is drawn.
    """
    found = [_by_group(logits, texts) for logits, texts in answers]
    accuracy = np.concatenate([of for of, _ in found])
    sizes = np.concatenate([np.tile(n, (len(of), 1)) for of, n in found])
    random = np.random.default_rng(seed)
    drawn = random.integers(len(accuracy), size=_DRAWS)
    draws = random.binomial(sizes[drawn], accuracy[drawn]) / sizes[drawn]
    weight = sizes / sizes.sum(1, keepdims=True)

    def share(of: np.ndarray, redrawn: np.ndarray) -> Share:
        low, high = np.percentile(redrawn, (2.5, 97.5))
        return Share(float(of.mean()), float(low), float(high))

    def of_all(figure: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Share:
        return share(figure(accuracy, weight), figure(draws, weight[drawn]))

    groups = [share(accuracy[:, g], draws[:, g]) for g in range(4)]
    return Accuracies(
        label=of_all(lambda values, weights: (values * weights).sum(1)),
        attribute=of_all(_on_attribute),
        worst=share(accuracy.min(axis=1), draws.min(axis=1)),
        groups=(groups[0], groups[1], groups[2], groups[3]),
    )


def _by_group(logits: Tensor, texts: TextSet) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy [K,4] of each classifier on each group, and the groups' sizes [4]."""
    right = ((logits > 0).long() == texts.label).double()
    accuracy = np.stack([right[:, texts.group == g].mean(1).numpy() for g in range(4)], axis=1)
    return accuracy, np.array([int((texts.group == g).sum()) for g in range(4)])


def _on_attribute(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A right prediction tells the attribute where both are equal, a wrong one where they differ."""
    told = np.stack([values[:, 0], 1 - values[:, 1], 1 - values[:, 2], values[:, 3]], 1)
    return (told * weights).sum(1)


def flips(before: ShiftReport, after: ShiftReport, texts: TextSet) -> list[Flip]:
    """The texts whose prediction changed, largest change of probability first."""
    changed = ((before.p > 0.5) != (after.p > 0.5)).nonzero().squeeze(1).tolist()
    found = []
    for i in changed:
        label = int(texts.label[i])
        was, now = (float(p[i]) if label else 1 - float(p[i]) for p in (before.p, after.p))
        found.append(Flip(i, label, int(texts.attribute[i]), was, now))
    return sorted(found, key=lambda flip: -abs(flip.after - flip.before))

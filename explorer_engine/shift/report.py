"""What SHIFT reports: accuracy on label, attribute and worst group, with intervals; flipped predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.shift.measures import Accuracies, Share
from explorer_engine.shift.texts import TextSet
from explorer_engine.shift.values import Flip

__all__ = ["ShiftReport", "flips", "report_of"]

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
    """Accuracies of the predictions logit > 0 for `logits` [N] or [K,N] on `texts`.

    K classifiers are what else was drawn: seeds of a probe, random features, readers. Figures are means over
    them; intervals are 95 % bootstrap intervals over classifiers and the texts of each group. Resampling a
    group's texts and averaging their hits is drawing a binomial number, so that is what is drawn.
    """
    several = logits.reshape(-1, len(texts))
    right = ((several > 0).long() == texts.label).double()
    sizes = np.array([int((texts.group == g).sum()) for g in range(4)])
    accuracy = np.stack([right[:, texts.group == g].mean(1).numpy() for g in range(4)], axis=1)
    random = np.random.default_rng(seed)
    drawn = accuracy[random.integers(len(accuracy), size=_DRAWS)]
    draws = random.binomial(sizes, drawn) / sizes
    weight = sizes / sizes.sum()

    def share(of: np.ndarray, drawn: np.ndarray) -> Share:
        low, high = np.percentile(drawn, (2.5, 97.5))
        return Share(float(of.mean()), float(low), float(high))

    def on_attribute(values: np.ndarray) -> np.ndarray:
        # a right prediction tells the attribute where both are equal, a wrong one where they differ
        return np.stack([values[..., 0], 1 - values[..., 1], 1 - values[..., 2], values[..., 3]], -1) @ weight

    groups = [share(accuracy[:, g], draws[:, g]) for g in range(4)]
    accuracies = Accuracies(
        label=share(accuracy @ weight, draws @ weight),
        attribute=share(on_attribute(accuracy), on_attribute(draws)),
        worst=share(accuracy.min(axis=1), draws.min(axis=1)),
        groups=(groups[0], groups[1], groups[2], groups[3]),
    )
    return ShiftReport(accuracies, torch.sigmoid(several[0].double()), n_ablated)


def flips(before: ShiftReport, after: ShiftReport, texts: TextSet) -> list[Flip]:
    """The texts whose prediction changed, largest change of probability first."""
    changed = ((before.p > 0.5) != (after.p > 0.5)).nonzero().squeeze(1).tolist()
    found = []
    for i in changed:
        label = int(texts.label[i])
        was, now = (float(p[i]) if label else 1 - float(p[i]) for p in (before.p, after.p))
        found.append(Flip(i, label, int(texts.attribute[i]), was, now))
    return sorted(found, key=lambda flip: -abs(flip.after - flip.before))

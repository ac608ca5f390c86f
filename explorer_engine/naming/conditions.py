"""The best condition on a slot: the tokens, or classes of them, that tell active places from others."""

from __future__ import annotations

import numpy as np

from explorer_engine.naming.classes import Classes
from explorer_engine.naming.evidence import Sought, precision
from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import EARLIER, HERE, PREVIOUS, Condition

__all__ = ["best_condition"]

_COARSE = 0.02
"""What each step to coarser classes costs, so that tokens are only joined where that tells more."""
_FINE = (HERE, PREVIOUS)
_COARSER = (0, 2)
"""Levels of classes that are tried on slots other than these, where all are."""
_TRIED = 12
"""Labels that are tried there."""
_LIFT = 0.1
"""How much more often than elsewhere these must stand before active places."""
_BETTER = 0.02
"""How much each of them must add to F1."""
_SUPPORT = 2
"""Documents in which a label must stand by an active place: what only one has, the others would not tell."""


def best_condition(
    rows: Sought, texts: Texts, classes: Classes, slot: int, total: float
) -> tuple[Condition | None, float]:
    """The condition that tells best, and its F1, where `total` is the activation that is to be explained.

    On each level of classes, labels are joined from the most precise on while F1 rises. None where no label
    stands in two documents' active places.
    """
    active = np.flatnonzero(rows.gain > 0)
    best: tuple[Condition | None, float] = (None, 0.0)
    if not len(active):
        return best
    tokens = texts.at(rows.places, slot)
    for level in range(len(classes.labels)) if slot in _FINE else _COARSER:
        label = classes.labels[level]
        labels = np.where(tokens < 0, -1, label[tokens])
        if slot == EARLIER:
            chosen, quality = _anywhere(rows, labels, active, total, classes.common[level])
        else:
            chosen, quality = _here(rows, labels, active, total)
        quality -= _COARSE * level
        if len(chosen) and quality > best[1] + 1e-9:
            members = chosen if level == 0 else np.flatnonzero(np.isin(label, chosen))
            best = Condition(slot, _by_weight(members, tokens[active], rows.gain[active])), quality
    return best


def _by_weight(members: np.ndarray, tokens: np.ndarray, gain: np.ndarray) -> tuple[int, ...]:
    """Those first that stand where it is most active; `tokens` [active] or [active,REACH]."""
    weights = np.broadcast_to(gain.reshape(-1, *[1] * (tokens.ndim - 1)), tokens.shape)
    there = tokens >= 0
    weight = np.bincount(tokens[there], weights[there], minlength=members.max() + 1)
    return tuple(members[np.argsort(-weight[members], kind="stable")].tolist())


def _here(rows: Sought, labels: np.ndarray, active: np.ndarray, total: float) -> tuple[np.ndarray, float]:
    """Of labels [n] the set that tells best, and its F1."""
    names, at = np.unique(labels[active], return_inverse=True)
    n, gain, count = len(names), np.bincount(at, rows.gain[active]), np.bincount(at)
    documents = rows.document.max() + 1
    support = np.bincount(np.unique(at * documents + rows.document[active]) // documents, minlength=n)
    supported = np.flatnonzero(support >= _SUPPORT)
    if not len(supported):
        return supported, 0.0
    place = np.searchsorted(names, labels) % n
    silent = (names[place] == labels) & (rows.gain <= 0)
    near = np.bincount(place[silent], rows.near[silent], minlength=n)
    far = np.bincount(place[silent], rows.far[silent], minlength=n)
    # The surest first: by what each explains against what it would tell wrongly.
    cost = near / len(active) + far / max(rows.density, 1e-9)
    order = supported[np.argsort((cost / gain)[supported], kind="stable")]
    gain, count, near, far = (part[order].cumsum() for part in (gain, count, near, far))
    sure, recall = precision(count, near, far, gain, rows.density), gain / total
    quality = 2 * sure * recall / np.maximum(sure + recall, 1e-9)
    best = int(np.argmax(quality))
    return names[order[: best + 1]], float(quality[best])


def _anywhere(
    rows: Sought, labels: np.ndarray, active: np.ndarray, total: float, common: np.ndarray
) -> tuple[np.ndarray, float]:
    """As `_here`, of labels [n,REACH], −1 for none; `common` [V+1]: how often each is among so many."""
    base = len(common) + 1
    pairs = np.unique(np.arange(len(active))[:, None] * base + labels[active] + 1)
    row, label = pairs // base, pairs % base - 1
    row, label = row[label >= 0], label[label >= 0]
    names, at = np.unique(label, return_inverse=True)
    lift = np.bincount(at, rows.gain[active][row]) / total - common[names]
    tried = np.argsort(-lift, kind="stable")[:_TRIED]
    names = names[tried[lift[tried] > _LIFT]]
    place = np.full(base, len(names))
    place[names] = np.arange(len(names))
    there = np.zeros((len(labels), len(names) + 1), dtype=bool)
    there[np.arange(len(labels))[:, None], place[labels]] = True
    held, chosen, quality = np.zeros(len(labels), dtype=bool), [], 0.0
    for k in range(len(names)):
        support = len(np.unique(rows.document[active][there[active, k]]))
        if support >= _SUPPORT and (better := rows.f1(held | there[:, k], total)) > quality + _BETTER:
            held, quality = held | there[:, k], better
            chosen.append(k)
    return names[chosen], quality

"""The order of what was found: whole words before parts, names before what stands in them, then strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer_engine.finding.words import ABSENT

__all__ = ["EXACT", "Costs", "Ranked", "Truths", "cost", "nothing", "put", "ranked"]

Costs = NDArray[np.int32]
"""By row how badly one word matches it: 10,000 times the grade and up to 999 for where it stands."""
Truths = NDArray[np.bool_]
_GRADE, _MOST = 10_000, 1 << 24
_NOTHING = ABSENT * _GRADE
EXACT = 60
"""At most this costs what names one thing only, an id or a number."""


def nothing(n: int) -> Costs:
    """Of `n` rows none matches."""
    return np.full(n, _NOTHING, np.int32)


def cost(grade: int | NDArray[np.uint8], where: float | NDArray[np.float64]) -> Costs:
    """What a match costs; `where`: 0 for the best place, 999 for the worst."""
    return (np.asarray(grade, np.int32) * _GRADE + np.minimum(where, 930)).astype(np.int32)


def put(costs: Costs, rows: NDArray[np.int64] | Sequence[int], found: Costs) -> None:
    """Note matches of some rows; of several of one row the best stays."""
    np.minimum.at(costs, np.asarray(rows, np.int64), found)


@dataclass(frozen=True)
class Ranked:
    """Rows that match, by a number each: the smaller the better."""

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def best(self, offset: int, limit: int) -> list[int]:
        """Rows from `offset` on in their order; the others are not sorted."""
        end = min(offset + limit, len(self.rows))
        if offset >= end:
            return []
        first = np.argpartition(self.keys, end - 1)[:end] if end < len(self.keys) else np.arange(end)
        return self.rows[first[np.argsort(self.keys[first])]][offset:].tolist()

    @property
    def grade(self) -> int:
        """That of the best row: which of several kinds matches best; a name that is exactly meant is −1."""
        best = int(self.keys.min()) // _MOST if len(self.keys) else _NOTHING * 100
        return best // 1_000_000 - (best <= EXACT)


def ranked(words: Sequence[Costs], strength: NDArray[np.int64], among: Truths | None) -> Ranked:
    """Rows that all words match, and that are `among` the wanted; `strength` is 0 for the strongest row.

    The word that matches worst decides, then all of them together.
    """
    kept = np.ones(len(strength), np.bool_) if among is None else among.copy()
    worst, total = np.zeros(len(strength), np.int64), np.zeros(len(strength), np.int64)
    for costs in words:
        kept &= costs < _NOTHING
        np.maximum(worst, costs // _GRADE, out=worst)
        total += costs % _GRADE
    rows = np.flatnonzero(kept)
    keys = (worst[rows] * 1_000_000 + total[rows]) * _MOST + np.minimum(strength[rows], _MOST - 1)
    return Ranked(rows, keys)

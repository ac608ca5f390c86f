"""A task's texts out of labelled ones: where label and attribute agree, and where all groups are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer_engine.errors import InputError
from explorer_engine.options import check_at_least

__all__ = ["SplitSizes", "TaskRows", "draw_generic", "draw_task"]

_JUDGED = 5
"""The annotator's texts are at most one in so many of a group."""


@dataclass(frozen=True)
class SplitSizes:
    """How many texts of each kind a task takes; fewer of all where there are not so many."""

    training: int = 1600
    """Texts in which label and attribute say the same: what the probe learns from."""
    development: int = 1600
    """Texts with equal groups that one may look at while choosing features, and that rivals which need
    balanced texts learn from."""
    test: int = 1000
    """Texts with equal groups that results are reported on."""
    generic: int = 2000
    """Texts of all labels that the ground-truth annotator judges by; 0: no feature is judged."""

    def __post_init__(self) -> None:
        check_at_least(self, 4, "training", "development", "test")
        check_at_least(self, 0, "generic")


@dataclass(frozen=True)
class TaskRows:
    """Which rows are of which split; no row is of two."""

    ambiguous: tuple[int, ...]
    balanced: tuple[int, ...]
    test: tuple[int, ...]


def draw_task(
    label: Sequence[int],
    attribute: Sequence[int],
    sizes: SplitSizes,
    seed: Sequence[int],
    names: Sequence[str],
    tested: Sequence[bool] | None = None,
) -> TaskRows:
    """Rows of one draw (the paper, §4): `label` and `attribute` are 0 or 1, other rows are left out.

    A probe learns from the groups (0, 0) and (1, 1) alone; development and test texts take as many of each of
    the four groups, and at most half of the first two. Test texts are of the rows that `tested` marks, and no
    others are; None: of any. `names` are the groups' in the order (0, 0), (0, 1), (1, 0), (1, 1), for
    messages. Raises InputError for a group with too few texts.
    """
    groups = np.array(
        [2 * a + b if a in (0, 1) and b in (0, 1) else -1 for a, b in zip(label, attribute, strict=True)]
    )
    random = np.random.default_rng(list(seed))
    apart = np.zeros(len(groups), bool) if tested is None else np.array(tested, bool)
    members = _members(random, np.where(apart, -1, groups))
    n_development, n_test = sizes.development // 4, sizes.test // 4
    room = min(len(members[1]), len(members[2]), len(members[0]) // 2, len(members[3]) // 2)
    if tested is None:
        share = min(1.0, room / (n_development + n_test))
        n_development, n_test = int(share * n_development), int(share * n_test)
        taken, for_test = n_development + n_test, [of[n_development:] for of in members]
    else:
        for_test = _members(random, np.where(apart, groups, -1))
        n_development, n_test = min(n_development, room), min(n_test, *map(len, for_test))
        taken = n_development
    if not n_development or not n_test:
        told = ", ".join(
            f"{name} {len(of)}" + ("" if tested is None else f" and {len(other)} for test")
            for name, of, other in zip(names, members, for_test, strict=True)
        )
        raise InputError(
            f"too few texts of a group ({told}): each needs some for development and some for test"
        )
    balanced = [of[:n_development] for of in members]
    test = [of[:n_test] for of in for_test]
    rest = [of[taken:] for of in (members[0], members[3])]
    n_training = min(sizes.training // 2, *map(len, rest))
    return TaskRows(
        tuple(row for pair in zip(*(of[:n_training] for of in rest), strict=True) for row in pair),
        tuple(row for four in zip(*balanced, strict=True) for row in four),
        tuple(row for four in zip(*test, strict=True) for row in four),
    )


def _members(random: np.random.Generator, groups: np.ndarray) -> list[list[int]]:
    """Of each group its rows, in an order by chance."""
    return [random.permutation(np.flatnonzero(groups == k)).tolist() for k in range(4)]


def draw_generic(
    label: Sequence[int], attribute: Sequence[int], sizes: SplitSizes, seed: Sequence[int]
) -> tuple[int, ...]:
    """Rows for the ground-truth annotator: as many of each pair of label and attribute as there are texts.

    Of the labels 0 and 1, which a task needs too, no more than one text in five.
    """
    random = np.random.default_rng(list(seed))
    cells: dict[tuple[int, int], list[int]] = {}
    for row in random.permutation(len(label)).tolist():
        if attribute[row] in (0, 1):
            cells.setdefault((label[row], attribute[row]), []).append(row)
    each = sizes.generic // max(1, len(cells))
    taken = (
        row
        for (of, _), rows in sorted(cells.items())
        for row in rows[: min(each, len(rows) // _JUDGED if of in (0, 1) else each)]
    )
    return tuple(sorted(taken))

"""An order of things in which those that are alike stand together, for the rows of a matrix."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["alike_together"]


def alike_together(similarity: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Rows of a symmetric n × n matrix in the order of their average-linkage tree, O(n³).

    Of two branches that join, each is turned so that their nearest ends meet. The result depends on the
    matrix alone.
    """
    groups: list[tuple[int, ...]] = [(i,) for i in range(len(similarity))]
    while len(groups) > 1:
        pairs = ((i, j) for i in range(len(groups)) for j in range(i + 1, len(groups)))
        i, j = max(pairs, key=lambda ij: (_average(similarity, groups[ij[0]], groups[ij[1]]), -ij[0], -ij[1]))
        joined = _met(similarity, groups[i], groups[j])
        groups = [joined if k == i else group for k, group in enumerate(groups) if k != j]
    return groups[0] if groups else ()


def _average(similarity: Sequence[Sequence[float]], a: Sequence[int], b: Sequence[int]) -> float:
    return sum(similarity[i][j] for i in a for j in b) / (len(a) * len(b))


def _met(similarity: Sequence[Sequence[float]], a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """Both groups one after the other, turned so that the nearest of their four ends stand side by side."""
    turns = [(x, y) for x in (a, a[::-1]) for y in (b, b[::-1])]
    left, right = max(turns, key=lambda turn: similarity[turn[0][-1]][turn[1][0]])
    return left + right

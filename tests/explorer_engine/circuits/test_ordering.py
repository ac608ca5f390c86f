"""The order of a matrix: blocks stand together, every row once."""

from __future__ import annotations

from itertools import pairwise

from explorer_engine.circuits.ordering import alike_together


def test_those_alike_stand_together():
    kinds = [0, 1, 0, 1, 2, 0]
    matrix = [[1.0 if a == b else 0.1 for b in kinds] for a in kinds]
    order = alike_together(matrix)
    assert sorted(order) == list(range(6))
    changes = sum(kinds[a] != kinds[b] for a, b in pairwise(order))
    assert changes == 2


def test_few():
    assert alike_together([]) == () and alike_together([[1.0]]) == (0,)

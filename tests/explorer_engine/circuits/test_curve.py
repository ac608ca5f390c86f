"""A faithfulness curve: its thresholds, and the point of a size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer_engine.circuits.curve import FaithfulnessPoint, log_thresholds, point_of_size

POINT = FaithfulnessPoint(0.1, 3, 1, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25)
CURVE = tuple(replace(POINT, n_nodes=n, threshold=1 / n) for n in (3, 10, 40))


def test_thresholds_stand_at_equal_ratios():
    assert log_thresholds(1e-2, 1.0, 3) == pytest.approx([0.01, 0.1, 1.0])
    assert len(log_thresholds()) == 15 and log_thresholds(n=1) == [1e-4]


def test_the_point_of_a_size_is_the_smallest_that_is_large_enough():
    assert point_of_size(CURVE, 10) == CURVE[1] == point_of_size(reversed(CURVE), 4)
    assert point_of_size(CURVE, 41) is None and point_of_size((), 1) is None

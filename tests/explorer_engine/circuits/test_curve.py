"""A faithfulness curve: its thresholds, and what is read off it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer_engine.circuits.curve import (
    FaithfulnessPoint,
    faithfulness_at,
    log_thresholds,
    nearest_in_size,
    point_of_size,
)

POINT = FaithfulnessPoint(0.1, 3, 1, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25)
CURVE = tuple(replace(POINT, n_nodes=n, threshold=1 / n) for n in (3, 10, 40))


def test_thresholds_stand_at_equal_ratios():
    assert log_thresholds(1e-2, 1.0, 3) == pytest.approx([0.01, 0.1, 1.0])
    assert len(log_thresholds()) == 15 and log_thresholds(n=1) == [1e-4]


def test_the_point_of_a_size_is_the_smallest_that_is_large_enough():
    assert point_of_size(CURVE, 10) == CURVE[1] == point_of_size(reversed(CURVE), 4)
    assert point_of_size(CURVE, 41) is None and point_of_size((), 1) is None


def test_the_nearest_in_size_may_be_smaller_and_is_the_first_of_equals():
    assert nearest_in_size(CURVE, 24) == CURVE[1] == nearest_in_size(CURVE, 25)
    assert nearest_in_size(CURVE, 26) == CURVE[2] == nearest_in_size(CURVE, 1000)
    assert nearest_in_size((), 1) is None


def point(threshold: float, n: int, faithfulness: float, completeness: float) -> FaithfulnessPoint:
    return replace(
        POINT, threshold=threshold, n_nodes=n, faithfulness=faithfulness, completeness=completeness
    )


def test_faithfulness_is_exact_at_measured_thresholds_and_between_its_neighbours_elsewhere():
    curve = [point(0.4, 10, 0.2, 0.6), point(0.1, 40, 0.8, 0.1), point(0.025, 160, 1.0, 0.0)]
    exact = faithfulness_at(curve, 0.1)
    assert exact == faithfulness_at(list(reversed(curve)), 0.1)
    assert exact is not None and exact.measured and (exact.faithfulness, exact.n_nodes) == (0.8, 40)
    half = faithfulness_at(curve, 0.2)  # half-way between 0.4 and 0.1 on the log axis
    assert half is not None and not half.measured
    assert (half.faithfulness, half.completeness, half.n_nodes) == pytest.approx((0.5, 0.35, 25))
    for outside in (0.41, 0.024):
        assert faithfulness_at(curve, outside) is None
    assert faithfulness_at([], 0.1) is None

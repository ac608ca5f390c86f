"""A faithfulness curve: its thresholds, and what is read off it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer_engine.circuits.curve import (
    FaithfulnessPoint,
    Sweep,
    by_unit,
    faithfulness_at,
    log_thresholds,
    point_of_size,
    whole_circuit,
)

POINT = FaithfulnessPoint(0.1, 3, 1, 4.0, 0.0, 3.0, 1.0, 0.75, 0.25)
CURVE = tuple(replace(POINT, n_nodes=n, threshold=1 / n) for n in (3, 10, 40))


def test_thresholds_stand_at_equal_ratios():
    assert log_thresholds(1e-2, 1.0, 3) == pytest.approx([0.01, 0.1, 1.0])
    assert len(log_thresholds()) == 15 and log_thresholds(n=1) == [1e-4]


def test_the_point_of_a_size_is_the_smallest_that_is_large_enough():
    assert point_of_size(CURVE, 10) == CURVE[1] == point_of_size(reversed(CURVE), 4)
    assert point_of_size(CURVE, 41) is None and point_of_size((), 1) is None


def test_a_sweep_says_in_words_what_it_ablates() -> None:
    layers = {-1: "all ablated", 0: "embedding left whole", 1: "embedding and layer 0 left whole"}
    layers[3] = "embedding and layers 0–2 left whole"
    assert {start: Sweep("other pairs", start_layer=start).ablated for start in layers} == layers
    assert Sweep("other pairs", "remove").ablated == "without error nodes"
    both = Sweep("other pairs", "remove", 1).ablated
    assert both == "embedding and layer 0 left whole, without error nodes"


def test_the_sweep_to_show_ablates_everything_and_neurons_stand_beside_it() -> None:
    shown, removed, later = (
        Sweep("other pairs"),
        Sweep("other pairs", "remove"),
        Sweep("other pairs", start_layer=1),
    )
    neurons = [Sweep("other pairs", start_layer=start, unit="neurons") for start in (-1, 1)]
    curves = {sweep: CURVE[:n] for n, sweep in enumerate((later, removed, *neurons, shown))}
    assert min(curves) == shown
    assert by_unit(curves, shown) == {"features": curves[shown], "neurons": curves[neurons[0]]}
    assert by_unit(curves, removed) == {"features": curves[removed], "neurons": curves[neurons[0]]}
    assert by_unit(curves, later) == {"features": curves[later], "neurons": curves[neurons[1]]}
    assert by_unit({later: CURVE}, later) == {"features": CURVE}


def test_a_whole_circuit_is_measured_by_its_threshold_in_the_first_sweep_that_reaches_it() -> None:
    early, all_of_it = Sweep("other pairs", start_layer=1), Sweep("other pairs")
    found = whole_circuit({early: CURVE, all_of_it: CURVE[:1], Sweep("a", unit="neurons"): CURVE}, 1 / 10)
    assert found == (early, faithfulness_at(CURVE, 1 / 10))
    assert whole_circuit({all_of_it: CURVE}, 2.0) is None and whole_circuit({}, 0.1) is None


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

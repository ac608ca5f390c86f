"""Names at the ends of the curves stand apart from each other and from the axis, wherever the curves end."""

from __future__ import annotations

import itertools
import re

import pytest

from app.circuit.curve import chart
from explorer_engine.circuits.curve import FaithfulnessPoint


def curve(faithfulness: float, completeness: float = 0.0) -> tuple[FaithfulnessPoint, ...]:
    return tuple(
        FaithfulnessPoint(1 / n, n, 0, 1.0, 0.0, 0.0, 0.0, faithfulness, completeness) for n in (10, 100)
    )


@pytest.mark.parametrize("ends", [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.1, 1.1, 1.1), (0.5, 0.45, 0.4)])
def test_names_do_not_touch(ends: tuple[float, float, float]) -> None:
    features, neurons, complement = ends
    drawn = str(chart({"features": curve(features, complement), "neurons": curve(neurons)}, None))
    heights = {
        name: float(re.search(rf'y="([\d.]+)" class="[^"]*">{name}</text>', drawn)[1])
        for name in ("features", "neurons", "complement", "nodes")
    }
    placed = sorted(heights.values())
    assert all(low + 12 <= high for low, high in itertools.pairwise(placed)), heights
    assert max(heights, key=heights.__getitem__) == "nodes" and min(placed) > 7

"""Figures against their bars: what an interval adds to a value."""

from __future__ import annotations

import pytest

from explorer_engine.quality import QualityFigure, from_rows, to_rows, with_bars

BARS = {("circuits", "faithfulness"): (0.9, None), ("SHIFT", "gender"): (None, 0.6)}


@pytest.mark.parametrize(
    "area, figure, value, interval, verdict",
    [
        ("circuits", "faithfulness", 0.95, (0.92, 0.97), "passed"),
        ("circuits", "faithfulness", 0.95, (0.85, 0.97), "passed on average"),
        ("circuits", "faithfulness", 0.85, (0.8, 0.95), "missed"),
        ("circuits", "faithfulness", 0.9, None, "passed"),
        ("SHIFT", "gender", 0.55, (0.5, 0.65), "passed on average"),
        ("SHIFT", "something else", 0.1, None, None),
    ],
)
def test_a_bar_is_held_against_both_ends_of_the_interval(area, figure, value, interval, verdict):
    (found,) = with_bars([QualityFigure(area, figure, value, "share", interval=interval)], BARS)
    assert found.verdict == verdict
    assert from_rows(to_rows([found])["quality"]) == (found,)

"""The quality report of a world: measured figures against their bars, as rows of the store and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Bars", "QualityFigure", "from_rows", "to_rows", "with_bars"]

Bars = Mapping[tuple[str, str], tuple[float | None, float | None]]
"""(area, figure) → the lowest and the highest value that passes; without either it is only reported."""


@dataclass(frozen=True)
class QualityFigure:
    """One figure of the quality report against its bar."""

    area: str
    figure: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    note: str | None = None

    @property
    def passed(self) -> bool:
        """Within [low, high]; an absent side is open."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


def with_bars(figures: Iterable[QualityFigure], bars: Bars) -> list[QualityFigure]:
    """The figures with the bars that are set for them; a figure without one is only reported."""
    found = []
    for figure in figures:
        low, high = bars.get((figure.area, figure.figure), (None, None))
        found.append(replace(figure, low=low, high=high))
    return found


def to_rows(figures: Iterable[QualityFigure]) -> dict[str, list[dict[str, Any]]]:
    """Table name → rows: one a figure, in their order."""
    return {
        "quality": [
            {
                "area": f.area,
                "figure": f.figure,
                "value": f.value,
                "unit": f.unit,
                "bar_low": f.low,
                "bar_high": f.high,
                "note": f.note,
            }
            for f in figures
        ]
    }


def from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[QualityFigure, ...]:
    """The figures of rows of `quality`, in their order."""
    return tuple(
        QualityFigure(
            row["area"],
            row["figure"],
            row["value"],
            row["unit"],
            row["bar_low"],
            row["bar_high"],
            row["note"],
        )
        for row in rows
    )

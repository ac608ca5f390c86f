"""The quality report of a world: measured figures against their bars, as rows of the store and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = ["Bars", "QualityFigure", "Verdict", "from_rows", "to_rows", "with_bars"]

Bars = Mapping[tuple[str, str], tuple[float | None, float | None]]
"""(area, figure) → the lowest and the highest value that passes; without either it is only reported."""

Verdict = Literal["passed", "passed on average", "missed"]
"""`passed on average`: the figure reaches its bar, one end of its interval does not."""


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
    interval: tuple[float, float] | None = None
    """95 %, over everything that was drawn; None where nothing was, or it was not measured."""

    @property
    def verdict(self) -> Verdict | None:
        """Whether it lies within [low, high], an absent side being open; None without a bar."""
        if self.low is None and self.high is None:
            return None
        if not self._within(self.value):
            return "missed"
        return "passed" if all(map(self._within, self.interval or ())) else "passed on average"

    def _within(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


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
                "interval": f.interval,
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
            tuple(row["interval"]) if row["interval"] else None,
        )
        for row in rows
    )

"""The quality report: every figure of the demo world with its bar."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["BARS", "Figure", "figure", "read_figures", "write_figures"]

_SHARE, _NATS, _POINTS, _COUNT = "share", "nats", "points", "features"

BARS: dict[tuple[str, str], tuple[str, float | None, float | None]] = {
    ("language model", "agreement, simple"): (_SHARE, 0.98, None),
    ("language model", "agreement, across a prepositional phrase"): (_SHARE, 0.98, None),
    ("language model", "agreement, within a relative clause"): (_SHARE, 0.98, None),
    ("language model", "agreement, across a relative clause"): (_SHARE, 0.98, None),
    ("language model", "increment"): (_SHARE, 0.93, None),
    ("language model", "induction"): (_SHARE, 0.80, None),
    ("language model", "infinitive"): (_SHARE, None, None),
    ("language model", "quotes"): (_SHARE, None, None),
    ("language model", "parentheses"): (_SHARE, None, None),
    ("language model", "HTML closing"): (_SHARE, None, None),
    ("language model", "next token"): (_SHARE, None, None),
    ("language model", "cross-entropy"): (_NATS, None, None),
    ("dictionaries", "variance explained, mean"): (_SHARE, 0.95, None),
    ("dictionaries", "variance explained, attention, lowest"): (_SHARE, 0.90, None),
    ("dictionaries", "active features a token, mean"): (_COUNT, None, 20),
    ("dictionaries", "alive, mean"): (_SHARE, 0.85, None),
    ("dictionaries", "cross-entropy recovered, mean"): (_SHARE, 0.97, None),
    ("dictionaries", "cross-entropy recovered, lowest"): (_SHARE, 0.92, None),
    ("behaviours", "agreement with planted truth (NMI)"): (_SHARE, 0.80, None),
    ("behaviours", "agreement with planted truth (purity)"): (_SHARE, 0.75, None),
    ("behaviours", "token identity alone (NMI)"): (_SHARE, None, None),
    ("behaviours", "token identity alone (purity)"): (_SHARE, None, None),
    ("circuits", "faithfulness at 100 nodes, lowest"): (_SHARE, 0.90, None),
    ("circuits", "faithfulness at 50 nodes, lowest"): (_SHARE, 0.75, None),
    ("circuits", "complement at 100 nodes, highest"): (_SHARE, None, 0.05),
    ("circuits", "lead over neurons at 50 nodes, lowest"): (_SHARE, 0.0, None),
    ("circuits", "lead over neurons at 100 nodes, lowest"): (_SHARE, 0.0, None),
    ("SHIFT", "original, profession"): (_SHARE, 0.58, 0.72),
    ("SHIFT", "original, gender"): (_SHARE, 0.78, 0.92),
    ("SHIFT", "original, worst group"): (_SHARE, None, 0.40),
    ("SHIFT", "oracle, profession"): (_SHARE, 0.90, None),
    ("SHIFT", "SHIFT, profession"): (_SHARE, 0.85, None),
    ("SHIFT", "SHIFT, gender"): (_SHARE, None, 0.57),
    ("SHIFT", "SHIFT, worst group"): (_SHARE, 0.70, None),
    ("SHIFT", "SHIFT, worst group over original"): (_SHARE, 0.30, None),
    ("SHIFT", "random, profession, away from original"): (_SHARE, None, 0.05),
}
"""(area, figure) → unit, lowest and highest value that passes; without either the figure is only reported."""


@dataclass(frozen=True)
class Figure:
    """One row of the store's table `quality`."""

    area: str
    figure: str
    value: float
    unit: str
    bar_low: float | None
    bar_high: float | None
    note: str | None = None


def figure(area: str, name: str, value: float, note: str | None = None) -> Figure:
    """A measured value with the bar that BARS has for it; KeyError when BARS knows no such figure."""
    unit, low, high = BARS[area, name]
    return Figure(area, name, float(value), unit, low, high, note)


def write_figures(figures: Iterable[Figure], folder: Path) -> None:
    """Keep the figures that a stage measured, as `figures.json` in its folder."""
    (folder / "figures.json").write_text(json.dumps([asdict(f) for f in figures], indent=1))


def read_figures(folder: Path) -> list[Figure]:
    """What `write_figures` kept, with the bars of today."""
    rows = json.loads((folder / "figures.json").read_text())
    return [figure(row["area"], row["figure"], row["value"], row["note"]) for row in rows]

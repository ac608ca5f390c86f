"""Faithfulness curves as SVG strings: a circuit's features against neurons, and the size on screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from app.shared.html import Html, joined
from explorer_engine.circuits.curve import Curve, Faithfulness, FaithfulnessPoint
from explorer_engine.drawing.bars import path, svg

__all__ = ["chart", "small_chart"]

Curves = Mapping[str, Curve]
"""By unit: `features`, `neurons`."""
_LOW, _HIGH = -0.05, 1.1
"""Faithfulness can leave [0, 1]; what is beyond is drawn at the edge."""


def _split(curves: Curves) -> tuple[list[FaithfulnessPoint], list[FaithfulnessPoint]]:
    features, neurons = ([p for p in curves.get(u, ()) if p.n_nodes > 0] for u in ("features", "neurons"))
    return features, neurons


def _axes(
    points: Sequence[FaithfulnessPoint], left: float, right: float, top: float, bottom: float
) -> tuple[Callable, Callable]:
    sizes = [math.log10(p.n_nodes) for p in points if p.n_nodes > 0]
    low, high = min(sizes), max(sizes)

    def x(n: float) -> float:
        return left + (math.log10(max(1, n)) - low) / ((high - low) or 1) * (right - left)

    def y(value: float) -> float:
        return top + (_HIGH - min(max(value, _LOW), _HIGH)) / (_HIGH - _LOW) * (bottom - top)

    return x, y


def small_chart(curves: Curves, now: Faithfulness | None, w: int = 88, h: int = 28) -> Html:
    """The curve in the bar: features in ink, neurons in grey, the operating point in the accent."""
    features, neurons = _split(curves)
    if not features:
        return Html("")
    x, y = _axes([*features, *neurons], 3, w - 3, 2, h - 2)
    out = [
        Html('<path d="M3 {:.1f}H{}" class="grid-line" stroke-dasharray="2 2"/>').format(y(1), w - 3),
        Html('<path d="M3 {:.1f}H{}" class="grid-line"/>').format(y(0), w - 3),
    ]
    for cls, line in (("curve-compared", neurons), ("curve", features)):
        if line:
            out.append(
                Html('<path d="{}" class="{}"/>').format(
                    path((x(p.n_nodes), y(p.faithfulness)) for p in line), cls
                )
            )
    if now:
        a, b = x(now.n_nodes), y(now.faithfulness)
        out.append(
            Html(
                '<path d="M{:.1f} {}V{:.1f}" class="operating-line"/>'
                '<circle cx="{:.1f}" cy="{:.1f}" r="3" class="operating-point"/>'
            ).format(a, h - 2, b, a, b)
        )
    return svg(w, h, joined(out), label="faithfulness by number of nodes, features and neurons")


def chart(curves: Curves, now: Faithfulness | None, w: int = 372, h: int = 150) -> Html:
    """Faithfulness (solid) and completeness (dashed) by size; neurons in grey; names at the ends."""
    features, neurons = _split(curves)
    left, right, top, bottom = 24, w - 82, 4, h - 20
    x, y = _axes([*features, *neurons], left, right, top, bottom)
    out = [
        Html(
            '<path d="M{} {:.1f}H{}" class="grid-line"{}/>'
            '<text x="{}" y="{:.1f}" class="chart-text end">{:g}</text>'
        ).format(left, y(v), right, dash, left - 5, y(v) + 3.5, v)
        for v, dash in ((0, ""), (0.5, ""), (1, Html(' stroke-dasharray="2 2"')))
    ]
    biggest = max(p.n_nodes for p in (*features, *neurons))
    smallest = min(p.n_nodes for p in (*features, *neurons))
    ticks = [n for n in (1, 10, 100, 1_000, 10_000, 100_000) if smallest <= n <= biggest]
    out += [
        Html('<text x="{:.1f}" y="{}" class="chart-text middle">{:,}</text>').format(x(n), h - 5, n)
        for n in ticks
    ]
    out.append(Html('<text x="{}" y="{}" class="chart-text">nodes</text>').format(right + 6, h - 5))
    names: list[tuple[float, str, str]] = []
    lines = [
        ("neurons", "chart-text", "curve-compared", [(p.n_nodes, p.faithfulness) for p in neurons]),
        ("complement", "chart-text", "curve dashed", [(p.n_nodes, p.completeness) for p in features]),
        ("features", "chart-text strong", "curve", [(p.n_nodes, p.faithfulness) for p in features]),
    ]
    for name, word, cls, line in lines:
        if line:
            out.append(Html('<path d="{}" class="{}"/>').format(path((x(n), y(v)) for n, v in line), cls))
            names.append((y(line[-1][1]), name, word))
    out += [
        Html('<text x="{}" y="{:.1f}" class="{}">{}</text>').format(right + 6, at + 3.5, word, name)
        for at, name, word in _apart(names, bottom - 4)
    ]
    if now:
        a, b = x(now.n_nodes), y(now.faithfulness)
        out.append(
            Html(
                '<path d="M{:.1f} {}V{:.1f}" class="operating-line"/>'
                '<circle cx="{:.1f}" cy="{:.1f}" r="3.4" class="operating-point"/>'
            ).format(a, bottom, b, a, b)
        )
    return svg(
        w, h, joined(out), cls="faithfulness-chart", label="faithfulness and completeness by number of nodes"
    )


def _apart(names: list[tuple[float, str, str]], most: float) -> list[tuple[float, str, str]]:
    """The names with heights pushed apart until none touch, and none below `most`."""
    least = 13.0
    placed: list[tuple[float, str, str]] = []
    for at, name, cls in sorted(names):
        placed.append((max(at, placed[-1][0] + least) if placed else at, name, cls))
    for k, (at, name, cls) in reversed(list(enumerate(placed))):
        placed[k] = (min(at, most), name, cls)
        most = placed[k][0] - least
    return placed

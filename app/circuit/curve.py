"""Faithfulness curves as SVG strings: a circuit's features against neurons, and the size on screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from app.shared.bars import path, svg
from app.shared.text import esc
from explorer_engine.circuits.curve import Curve, Faithfulness, FaithfulnessPoint

__all__ = ["chart", "stamp"]

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


def stamp(curves: Curves, now: Faithfulness | None, w: int = 88, h: int = 28) -> str:
    """The curve in the bar: features in ink, neurons in grey, the operating point in the accent."""
    features, neurons = _split(curves)
    if not features:
        return ""
    x, y = _axes([*features, *neurons], 3, w - 3, 2, h - 2)
    out = [
        f'<path d="M3 {y(1):.1f}H{w - 3}" class="gr" stroke-dasharray="2 2"/>',
        f'<path d="M3 {y(0):.1f}H{w - 3}" class="gr"/>',
    ]
    for cls, line in (("l2", neurons), ("l1", features)):
        if line:
            out.append(f'<path d="{path((x(p.n_nodes), y(p.faithfulness)) for p in line)}" class="{cls}"/>')
    if now:
        a, b = x(now.n_nodes), y(now.faithfulness)
        out.append(
            f'<path d="M{a:.1f} {h - 2}V{b:.1f}" class="ac"/>'
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" class="ad"/>'
        )
    return svg(w, h, "".join(out), label="faithfulness by number of nodes, features and neurons")


def chart(curves: Curves, now: Faithfulness | None, w: int = 372, h: int = 150) -> str:
    """Faithfulness (solid) and completeness (dashed) by number of nodes; neurons in grey; names at the "
    "ends."""
    features, neurons = _split(curves)
    left, right, top, bottom = 24, w - 82, 4, h - 20
    x, y = _axes([*features, *neurons], left, right, top, bottom)
    out = [
        f'<path d="M{left} {y(v):.1f}H{right}" class="gr"{dash}/>'
        f'<text x="{left - 5}" y="{y(v) + 3.5:.1f}" class="tx e">{v:g}</text>'
        for v, dash in ((0, ""), (0.5, ""), (1, ' stroke-dasharray="2 2"'))
    ]
    biggest = max(p.n_nodes for p in (*features, *neurons))
    smallest = min(p.n_nodes for p in (*features, *neurons))
    ticks = [n for n in (1, 10, 100, 1_000, 10_000, 100_000) if smallest <= n <= biggest]
    out += [f'<text x="{x(n):.1f}" y="{h - 5}" class="tx m">{n:,}</text>' for n in ticks]
    out.append(f'<text x="{right + 6}" y="{h - 5}" class="tx">nodes</text>')
    names: list[tuple[float, str, str]] = []
    lines = [
        ("neurons", "tx", "l2", [(p.n_nodes, p.faithfulness) for p in neurons]),
        ("complement", "tx", "l1 dashed", [(p.n_nodes, p.completeness) for p in features]),
        ("features", "tx k", "l1", [(p.n_nodes, p.faithfulness) for p in features]),
    ]
    for name, word, cls, line in lines:
        if line:
            out.append(f'<path d="{path((x(n), y(v)) for n, v in line)}" class="{cls}"/>')
            names.append((y(line[-1][1]), name, word))
    out += [
        f'<text x="{right + 6}" y="{at + 3.5:.1f}" class="{word}">{esc(name)}</text>'
        for at, name, word in _apart(names)
    ]
    if now:
        a, b = x(now.n_nodes), y(now.faithfulness)
        out.append(
            f'<path d="M{a:.1f} {bottom}V{b:.1f}" class="ac"/>'
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.4" class="ad"/>'
        )
    return svg(w, h, "".join(out), cls="fth", label="faithfulness and completeness by number of nodes")


def _apart(names: list[tuple[float, str, str]], least: float = 13.0) -> list[tuple[float, str, str]]:
    """The names with heights pushed apart until none touch."""
    placed: list[tuple[float, str, str]] = []
    for at, name, cls in sorted(names):
        placed.append((max(at, placed[-1][0] + least) if placed else at, name, cls))
    return placed

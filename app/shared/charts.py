"""Small charts as SVG strings: training loss, activation histogram, similarity, values with intervals.

Colours are CSS variables that follow the theme, so one string serves both and stays identical over reruns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from app.shared.bars import path, svg
from app.shared.text import esc, nats, num

__all__ = ["dot", "groupdots", "hist", "losscurve", "matrix", "sitedot", "spark", "whisker"]

Losses = Sequence[tuple[int, float]]
"""(optimiser step, nats) in order of steps."""


def _scale(low: float, high: float, left: float, right: float) -> Callable[[float], float]:
    """Maps [low, high] onto [left, right]; values outside land on the nearer end."""
    span = (high - low) or 1.0
    return lambda v: left + (min(max(v, low), high) - low) / span * (right - left)


def _log(step: float) -> float:
    return math.log10(max(1.0, step))


def spark(losses: Losses, mean: Losses, w: int = 60, h: int = 18) -> str:
    """Training loss of a behaviour (ink) over the mean of all data (grey), steps on a log axis."""
    if not losses:
        return svg(w, h, "", label="training loss not measured")
    top = max(loss for _, loss in (*losses, *mean))
    last = max(step for step, _ in (*losses, *mean))
    x, y = _scale(0, _log(last), 0, w), _scale(0, top, h - 1, 1)

    def line(points: Losses) -> str:
        return path((x(_log(step)), y(loss)) for step, loss in points)

    grey = f'<path d="{line(mean)}" class="l2"/>' if mean else ""
    name = f"loss over training, {num(losses[0][1])} to {num(losses[-1][1])} nats"
    return svg(w, h, f'{grey}<path d="{line(losses)}" class="l1"/>', label=name)


def _step_ticks(last: float) -> list[tuple[float, str]]:
    """Powers of ten up to the last step, at most four, with short names."""
    names = ("1", "10", "100", "1k", "10k", "100k", "1M")
    exponents = range(min(len(names) - 1, math.floor(_log(last))) + 1)
    keep = [e for e in exponents if len(exponents) <= 4 or e % 2 == 0]
    return [(float(e), names[e]) for e in keep]


def losscurve(losses: Losses, mean: Losses, w: int = 210, h: int = 150) -> str:
    """Loss at the answers over training steps (log axis), against the mean of all data; nats."""
    left, right, above, below = 20, 60, 6, 18
    top = max(loss for _, loss in (*losses, *mean))
    last = max(step for step, _ in (*losses, *mean))
    x, y = _scale(0, _log(last), left, w - right), _scale(0, top, h - below, above)
    grid = [v for v in (0, 2, 4, 6, 8, 10, 12) if v <= top]
    out = [
        f'<path d="M{left} {y(v):.1f}H{w - right}" class="gr"/>'
        f'<text x="{left - 5}" y="{y(v) + 3.5:.1f}" class="tx e">{v}</text>'
        for v in (grid if len(grid) <= 5 else grid[::2])
    ]
    out += [f'<text x="{x(e):.1f}" y="{h - 5}" class="tx m">{name}</text>' for e, name in _step_ticks(last)]
    ends = [("tx k", "", losses)] + ([("tx", "mean ", mean)] if mean else [])
    heights = [y(points[-1][1]) + 3.5 for _, _, points in ends]
    if len(heights) == 2 and abs(heights[0] - heights[1]) < 13:  # names that would touch move apart
        middle, order = sum(heights) / 2, 1 if heights[0] >= heights[1] else -1
        heights = [middle + 6.5 * order, middle - 6.5 * order]
    for (cls, name, points), height in zip(reversed(ends), reversed(heights), strict=True):
        line = path((x(_log(step)), y(loss)) for step, loss in points)
        out.append(f'<path d="{line}" class="{"l1" if cls == "tx k" else "l2"}"/>')
        said = name + esc(nats(points[-1][1]))
        out.append(f'<text x="{w - right + 4}" y="{height:.1f}" class="{cls}">{said}</text>')
    return svg(w, h, "".join(out), label="loss over training steps")


def hist(counts: Sequence[int], maximum: float, h: int = 34) -> str:
    """Activation histogram: log of the counts over equal bins of (0, maximum], as wide as its place."""
    if not counts or max(counts) <= 0:
        return '<div class="hist" role="img" aria-label="never active"></div>'
    top = math.log10(max(counts) + 1)
    out = []
    for i, count in enumerate(counts):
        height = math.log10(count + 1) / top * 100
        shade = 0.25 + 0.75 * i / max(1, len(counts) - 1)
        out.append(f'<i style="height:{height:.1f}%;opacity:{shade:.2f}" title="{count:,} tokens"></i>')
    return (
        f'<div class="hist" style="--h:{h}px" role="img" aria-label="histogram of activations">'
        f"{''.join(out)}</div>"
        f'<div class="ax0"><i>0</i><i>{num(maximum)}</i></div>'
    )


def matrix(rows: Sequence[Sequence[float]], low: float, high: float, w: int = 150) -> str:
    """Similarity of contexts as an ink ramp from `low` to `high`; runs of one shade are one rectangle."""
    cell = w / max(1, len(rows))
    shade = _scale(low, high, 0, 7)
    out = []
    for i, row in enumerate(rows):
        levels = [round(shade(v)) for v in row]
        j = 0
        while j < len(levels):
            k = j
            while k < len(levels) and levels[k] == levels[j]:
                k += 1
            if levels[j]:
                out.append(
                    f'<rect x="{j * cell:.1f}" y="{i * cell:.1f}" width="{(k - j) * cell + 0.3:.1f}" '
                    f'height="{cell + 0.3:.1f}" opacity="{levels[j] / 7 * 0.92:.2f}"/>'
                )
            j = k
    body = f'<rect width="{w}" height="{w}" fill="var(--bg3)"/><g fill="var(--seq)">{"".join(out)}</g>'
    return svg(w, w, body, label=f"similarity of {len(rows)} contexts")


Interval = tuple[float, float, float]
"""A value with the ends of its interval."""


def whisker(
    after: Interval,
    before: Interval | None = None,
    *,
    low: float = 0.0,
    high: float = 100.0,
    target: float | None = None,
    cls: str = "",
    w: int = 200,
    h: int = 20,
) -> str:
    """Dot and whisker: hollow grey = before, filled = after, whiskers = 95 % intervals, dotted = target."""
    x, m = _scale(low, high, 5, w - 5), h / 2
    out = [f'<path d="M5 {m}H{w - 5}" class="gr"/>']
    if target is not None:
        out.append(f'<path d="M{x(target):.1f} 2V{h - 2}" class="rf"/>')
    if before:
        out.append(f'<path d="M{x(before[1]):.1f} {m}H{x(before[2]):.1f}" class="wb"/>')
        if abs(after[0] - before[0]) > 0.0005 * (high - low):
            out.append(f'<path d="M{x(before[0]):.1f} {m}H{x(after[0]):.1f}" class="sh"/>')
        out.append(f'<circle cx="{x(before[0]):.1f}" cy="{m}" r="3" class="db"/>')
    a, b = x(after[1]), x(after[2])
    out.append(
        f'<path d="M{a:.1f} {m}H{b:.1f}M{a:.1f} {m - 4}v8M{b:.1f} {m - 4}v8" class="wa {cls}"/>'
        f'<circle cx="{x(after[0]):.1f}" cy="{m}" r="3.2" class="da {cls}"/>'
    )
    name = f"{after[0]:.1f}, 95 % interval {after[1]:.1f} to {after[2]:.1f}"
    return svg(
        w, h, "".join(out), label=esc(name + (f", before {before[0]:.1f}" if before else "")), cls="wh"
    )


def dot(
    value: Interval,
    *,
    low: float,
    high: float,
    target: float | None = None,
    cls: str = "",
    w: int = 110,
    h: int = 18,
) -> str:
    """One value with its interval on a short axis; `cls` "acc" = this one, "off" = hollow."""
    x, m = _scale(low, high, 4, w - 4), h / 2
    line = f'<path d="M{x(target):.1f} 0V{h}" class="rf"/>' if target is not None else ""
    body = (
        f'<path d="M4 {m}H{w - 4}" class="gr"/>{line}'
        f'<path d="M{x(value[1]):.1f} {m}H{x(value[2]):.1f}" class="wa {cls}"/>'
        f'<circle cx="{x(value[0]):.1f}" cy="{m}" r="3.4" class="da {cls}"/>'
    )
    return svg(w, h, body, label=f"{value[0]:.1f}")


def sitedot(value: float, low: float, high: float, w: int = 70, h: int = 16) -> str:
    """One value of a site on a short axis from `low` to `high`."""
    x = _scale(low, high, 3, w - 3)
    dot = f'<circle cx="{x(value):.1f}" cy="{h / 2}" r="2.7" class="da"/>'
    body = f'<path d="M3 {h / 2}H{w - 3}" class="gr"/>{dot}'
    return svg(w, h, body, label=f"{value:.3g}")


def groupdots(rows: Sequence[tuple[str, float, float, float]], w: int = 84) -> str:
    """(group, mean, half interval, share active): a dot with its interval, one axis from 0."""
    high = max((mean + half for _, mean, half, _ in rows), default=0.0) or 1.0
    step = 10 ** math.floor(math.log10(high))
    high = math.ceil(high / step) * step
    x = _scale(0, high, 4, w - 4)
    out = [
        f'<div class="gd th"><span></span><span class="ax0"><i>0</i><i>{high:g}</i></span>'
        '<span class="num">mean</span><span></span>'
        '<span class="num" title="share of texts">active</span></div>'
    ]
    for name, mean, half, active in rows:
        a, b = x(mean - half), x(mean + half)
        body = (
            f'<path d="M4 9H{w - 4}" class="gr"/>'
            f'<path d="M{a:.1f} 9H{b:.1f}M{a:.1f} 5.5v7M{b:.1f} 5.5v7" class="wa"/>'
            f'<circle cx="{x(mean):.1f}" cy="9" r="3.2" class="da"/>'
        )
        out.append(
            f'<div class="gd"><span>{esc(name)}</span>{svg(w, 18, body, label=f"{name}: {num(mean)}")}'
            f'<span class="num">{num(mean)}</span><span class="ci">±{num(half)}</span>'
            f'<span class="num two">{active * 100:.0f} %</span></div>'
        )
    return "".join(out)

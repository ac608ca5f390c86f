"""Small charts as SVG strings: training loss, activation histogram, similarity, values with intervals.

Colours are CSS variables that follow the theme, so one string serves both and stays identical over reruns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from explorer_engine.drawing.bars import path, svg
from explorer_engine.drawing.html import Html, esc, joined
from explorer_engine.drawing.text import nats, num

__all__ = ["groupdots", "hist", "losscurve", "matrix", "sitedot", "spark", "whisker"]

Losses = Sequence[tuple[int, float]]
"""(optimiser step, nats) in order of steps."""


def _scale(low: float, high: float, left: float, right: float) -> Callable[[float], float]:
    """Maps [low, high] onto [left, right]; values outside land on the nearer end."""
    span = (high - low) or 1.0
    return lambda v: left + (min(max(v, low), high) - low) / span * (right - left)


def _log(step: float) -> float:
    return math.log10(max(1.0, step))


def spark(losses: Losses, mean: Losses, w: int = 60, h: int = 18) -> Html:
    """Training loss of a behaviour (ink) over the mean of all data (grey), steps on a log axis."""
    if not losses:
        return svg(w, h, "", label="training loss not measured")
    top = max(loss for _, loss in (*losses, *mean))
    last = max(step for step, _ in (*losses, *mean))
    x, y = _scale(0, _log(last), 0, w), _scale(0, top, h - 1, 1)

    def line(points: Losses) -> str:
        return path((x(_log(step)), y(loss)) for step, loss in points)

    grey = Html('<path d="{}" class="curve-compared"/>').format(line(mean)) if mean else ""
    name = f"loss over training, {num(losses[0][1])} to {num(losses[-1][1])} nats"
    return svg(w, h, Html('{}<path d="{}" class="curve"/>').format(grey, line(losses)), label=name)


def _step_ticks(last: float) -> list[tuple[float, str]]:
    """Powers of ten up to the last step, at most four, with short names."""
    names = ("1", "10", "100", "1k", "10k", "100k", "1M")
    exponents = range(min(len(names) - 1, math.floor(_log(last))) + 1)
    keep = [e for e in exponents if len(exponents) <= 4 or e % 2 == 0]
    return [(float(e), names[e]) for e in keep]


def losscurve(losses: Losses, mean: Losses, w: int = 210, h: int = 150) -> Html:
    """Loss at the answers over training steps (log axis), against the mean of all data; nats."""
    left, right, above, below = 20, 60, 6, 18
    top = max(loss for _, loss in (*losses, *mean))
    last = max(step for step, _ in (*losses, *mean))
    x, y = _scale(0, _log(last), left, w - right), _scale(0, top, h - below, above)
    grid = [v for v in (0, 2, 4, 6, 8, 10, 12) if v <= top]
    out = [
        Html(
            '<path d="M{} {:.1f}H{}" class="grid-line"/>'
            '<text x="{}" y="{:.1f}" class="chart-text end">{}</text>'
        ).format(left, y(v), w - right, left - 5, y(v) + 3.5, v)
        for v in (grid if len(grid) <= 5 else grid[::2])
    ]
    out += [
        Html('<text x="{:.1f}" y="{}" class="chart-text middle">{}</text>').format(x(e), h - 5, name)
        for e, name in _step_ticks(last)
    ]
    ends = [("chart-text strong", "", losses)] + ([("chart-text", "mean ", mean)] if mean else [])
    heights = [y(points[-1][1]) + 3.5 for _, _, points in ends]
    if len(heights) == 2 and abs(heights[0] - heights[1]) < 13:  # names that would touch move apart
        middle, order = sum(heights) / 2, 1 if heights[0] >= heights[1] else -1
        heights = [middle + 6.5 * order, middle - 6.5 * order]
    for (cls, name, points), height in zip(reversed(ends), reversed(heights), strict=True):
        line = path((x(_log(step)), y(loss)) for step, loss in points)
        out.append(
            Html('<path d="{}" class="{}"/>').format(
                line, "curve" if cls == "chart-text strong" else "curve-compared"
            )
        )
        said = name + esc(nats(points[-1][1]))
        out.append(
            Html('<text x="{}" y="{:.1f}" class="{}">{}</text>').format(w - right + 4, height, cls, said)
        )
    return svg(w, h, joined(out), label="loss over training steps")


def hist(counts: Sequence[int], maximum: float, h: int = 34) -> Html:
    """Activation histogram: log of the counts over equal bins of (0, maximum], as wide as its place."""
    if not counts or max(counts) <= 0:
        return Html('<div class="histogram" role="img" aria-label="never active"></div>')
    top = math.log10(max(counts) + 1)
    out = []
    for i, count in enumerate(counts):
        height = math.log10(count + 1) / top * 100
        shade = 0.25 + 0.75 * i / max(1, len(counts) - 1)
        out.append(
            Html('<i style="height:{:.1f}%;opacity:{:.2f}" title="{:,} tokens"></i>').format(
                height, shade, count
            )
        )
    return Html(
        '<div class="histogram" style="--plot-height:{}px" role="img" aria-label="histogram of activations">'
        "{}</div>"
        '<div class="axis-ends"><i>0</i><i>{}</i></div>'
    ).format(h, joined(out), num(maximum))


def matrix(rows: Sequence[Sequence[float]], low: float, high: float, w: int = 150) -> Html:
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
                    Html(
                        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" opacity="{:.2f}"/>'
                    ).format(j * cell, i * cell, (k - j) * cell + 0.3, cell + 0.3, levels[j] / 7 * 0.92)
                )
            j = k
    body = Html(
        '<rect width="{}" height="{}" fill="var(--paper-deep)"/><g fill="var(--similarity)">{}</g>'
    ).format(w, w, joined(out))
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
) -> Html:
    """Dot and whisker: hollow grey = before, filled = after, whiskers = 95 % intervals, dotted = target."""
    x, m = _scale(low, high, 5, w - 5), h / 2
    out = [Html('<path d="M5 {}H{}" class="grid-line"/>').format(m, w - 5)]
    if target is not None:
        out.append(Html('<path d="M{:.1f} 2V{}" class="target-line"/>').format(x(target), h - 2))
    if before:
        out.append(
            Html('<path d="M{:.1f} {}H{:.1f}" class="interval-before"/>').format(
                x(before[1]), m, x(before[2])
            )
        )
        if abs(after[0] - before[0]) > 0.0005 * (high - low):
            out.append(
                Html('<path d="M{:.1f} {}H{:.1f}" class="change-line"/>').format(x(before[0]), m, x(after[0]))
            )
        out.append(Html('<circle cx="{:.1f}" cy="{}" r="3" class="dot-before"/>').format(x(before[0]), m))
    a, b = x(after[1]), x(after[2])
    out.append(
        Html(
            '<path d="M{:.1f} {}H{:.1f}M{:.1f} {}v8M{:.1f} {}v8" class="interval {}"/>'
            '<circle cx="{:.1f}" cy="{}" r="3.2" class="dot {}"/>'
        ).format(a, m, b, a, m - 4, b, m - 4, cls, x(after[0]), m, cls)
    )
    name = f"{after[0]:.1f}, 95 % interval {after[1]:.1f} to {after[2]:.1f}"
    return svg(
        w, h, joined(out), label=esc(name + (f", before {before[0]:.1f}" if before else "")), cls="whiskers"
    )


def sitedot(value: float, low: float, high: float, w: int = 70, h: int = 16) -> Html:
    """One value of a site on a short axis from `low` to `high`."""
    x = _scale(low, high, 3, w - 3)
    dot = Html('<circle cx="{:.1f}" cy="{}" r="2.7" class="dot"/>').format(x(value), h / 2)
    body = Html('<path d="M3 {}H{}" class="grid-line"/>{}').format(h / 2, w - 3, dot)
    return svg(w, h, body, label=f"{value:.3g}")


def groupdots(rows: Sequence[tuple[str, float, float, float]], w: int = 84) -> Html:
    """(group, mean, half interval, share active): a dot with its interval, one axis from 0."""
    high = max((mean + half for _, mean, half, _ in rows), default=0.0) or 1.0
    step = 10 ** math.floor(math.log10(high))
    high = math.ceil(high / step) * step
    x = _scale(0, high, 4, w - 4)
    out = [
        Html(
            '<div class="group-mean column-heads"><span></span><span class="axis-ends"><i>0</i>'
            "<i>{:g}</i></span>"
            '<span class="number">mean</span><span></span>'
            '<span class="number" title="share of texts">active</span></div>'
        ).format(high)
    ]
    for name, mean, half, active in rows:
        a, b = x(mean - half), x(mean + half)
        body = Html(
            '<path d="M4 9H{}" class="grid-line"/>'
            '<path d="M{:.1f} 9H{:.1f}M{:.1f} 5.5v7M{:.1f} 5.5v7" class="interval"/>'
            '<circle cx="{:.1f}" cy="9" r="3.2" class="dot"/>'
        ).format(w - 4, a, b, a, b, x(mean))
        out.append(
            Html(
                '<div class="group-mean"><span>{}</span>{}'
                '<span class="number">{}</span><span class="margin">±{}</span>'
                '<span class="number share-active">{:.0f} %</span></div>'
            ).format(name, svg(w, 18, body, label=f"{name}: {num(mean)}"), num(mean), num(half), active * 100)
        )
    return joined(out)

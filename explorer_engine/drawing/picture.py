"""A circuit's drawing as one SVG picture: as the browser draws it in the app, and it needs no script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import sqrt

from explorer_engine.drawing.bars import svg
from explorer_engine.drawing.circuit import Drawing, Line, Mark
from explorer_engine.drawing.html import Html, joined

__all__ = ["picture"]

_WIDTH, _PITCH = 1120.0, 54.0
"""Pixels: of the whole picture, and from one row to the next."""
_LEFT, _RIGHT, _TOP, _BOTTOM, _AXIS = 76.0, 12.0, 30.0, 26.0, 24.0
_BOX, _GAP, _PAD = 22.0, 6.0, 14.0
"""Height of a box, the room between two, and what a box has left and right of its words."""
_LETTER, _MONO = 6.4, 7.0
"""About how wide a letter of 13 pixels, and one of 11.5 pixels of equal width, is."""
_CROWDED = 11.0
"""How far a box of an overfull cell stands above or below its row."""

Ends = dict[str, tuple[float, float]]
"""Where the middle of each box is."""


def picture(drawing: Drawing, href: Callable[[str], str | None] = lambda _: None) -> Html:
    """The drawing; a mark whose id `href` gives an address for is a link to it."""
    lanes = len(drawing.lanes) > 1
    bottom = _BOTTOM + (_AXIS if lanes else 0)
    height = _TOP + _PITCH * max(1, len(drawing.rows) - 1) + bottom
    widths, at = _places(drawing, height - bottom)
    most = max((abs(mark.effect) for mark in drawing.marks), default=0.0) or 1.0
    heaviest = max((abs(line.weight) for line in drawing.lines), default=0.0) or 1.0
    crowd = min(1.0, sqrt(170 / max(1, len(drawing.lines))))
    lines = sorted(drawing.lines, key=lambda line: abs(line.weight))
    parts = [_ground(drawing, height, bottom, lanes)]
    parts += [_line(line, at, sqrt(abs(line.weight) / heaviest), crowd) for line in lines]
    for mark in drawing.marks:
        drawn = _mark(mark, at[mark.id], widths[mark.id], sqrt(abs(mark.effect) / most))
        to = href(mark.id)
        parts.append(drawn if to is None else Html('<a href="{}">{}</a>').format(to, drawn))
    return svg(_WIDTH, height, joined(parts), cls="circuit", label=drawing.title, fluid=True)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _places(drawing: Drawing, foot: float) -> tuple[dict[str, float], Ends]:
    """Width and middle of each box: no two of one line touch; a crowded cell stands in two lines."""
    cells: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    for mark in drawing.marks:
        cells[mark.row, mark.lane].append(mark)
    widths: dict[str, float] = {}
    at: Ends = {}
    for (row, lane), cell in cells.items():
        y, bounds = foot - row * _PITCH, drawing.lanes[lane]
        low, high = (0.0, 1.0) if cell[0].kind == "y" else (bounds.low, bounds.high)
        low, high = _x(low) + 3 * (low > 0), _x(high) - 3 * (high < 1)
        cell.sort(key=lambda mark: mark.x)
        widths |= {mark.id: _wide(mark) for mark in cell}
        crowded = sum(widths[mark.id] + _GAP for mark in cell) - _GAP > high - low and len(cell) > 1
        for shift in (-_CROWDED, _CROWDED) if crowded else (0.0,):
            line = [mark for i, mark in enumerate(cell) if not crowded or (i % 2 == 1) == (shift > 0)]
            for mark, x in zip(line, _spread(line, widths, low, high), strict=True):
                at[mark.id] = x, y + shift
    return widths, at


def _wide(mark: Mark) -> float:
    if mark.kind == "error":
        return 18.0
    most = 320.0 if mark.kind == "y" else 168.0
    return min(most, (_MONO if mark.mono else _LETTER) * len(mark.label) + _PAD + 2)


def _spread(line: list[Mark], widths: dict[str, float], low: float, high: float) -> list[float]:
    """Middles of boxes side by side, near where they want to be; boxes that do not fit get narrower."""
    need = sum(widths[mark.id] for mark in line)
    fit = min(1.0, (high - low - _GAP * (len(line) - 1)) / need)
    half = []
    for mark in line:
        widths[mark.id] = max(2.0, widths[mark.id] * fit)
        half.append(widths[mark.id] / 2)
    middles, edge = [], low
    for mark, own in zip(line, half, strict=True):
        middles.append(max(_x(mark.x), edge + own))
        edge = middles[-1] + own + _GAP
    edge = high
    for i in reversed(range(len(line))):
        middles[i] = min(middles[i], edge - half[i])
        edge = middles[i] - half[i] - _GAP
    return middles


def _ground(drawing: Drawing, height: float, bottom: float, lanes: bool) -> Html:
    """Bands of layers, the names of rows and of columns."""
    parts = []
    for i, row in enumerate(drawing.rows):
        y = height - bottom - i * _PITCH
        if row.layer % 2 == 0:
            parts.append(
                Html('<rect x="0" y="{:.1f}" width="{:g}" height="{:g}" class="band"/>').format(
                    y - _PITCH / 2, _WIDTH, _PITCH
                )
            )
        parts.append(Html('<text x="9" y="{:.1f}" class="row-name">{}</text>').format(y + 4, row.name))
    if lanes:
        foot = height - _AXIS
        for i, lane in enumerate(drawing.lanes):
            low, high = _x(lane.low), _x(lane.high)
            if i:
                parts.append(Html('<path d="M{:.1f} 0V{:.1f}" class="grid-line"/>').format(low, foot))
            title = _shortened(lane.title, (high - low - 4) / _MONO)
            parts.append(
                Html('<text x="{:.1f}" y="{:.1f}" class="lane-name middle">{}</text>').format(
                    (low + high) / 2, height - 8, title
                )
            )
        parts.append(Html('<path d="M0 {:.1f}H{:g}" class="grid-line"/>').format(foot, _WIDTH))
    return joined(parts)


def _line(line: Line, at: Ends, size: float, crowd: float) -> Html:
    (x0, y0), (x1, y1) = at[line.source], at[line.target]
    bend = (y0 - y1) * 0.42
    return Html(
        '<path d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}" class="edge {}" '
        'stroke-width="{:.2f}" opacity="{:.2f}"/>'
    ).format(
        x0, y0, x0, y0 - bend, x1, y1 + bend, x1, y1,
        _sign(line.weight), 0.7 + 3.6 * size, (0.16 + 0.55 * size) * crowd,
    )  # fmt: skip


def _mark(mark: Mark, at: tuple[float, float], width: float, size: float) -> Html:
    x, y = at
    paint = Html('class="node {} {}" style="--size:{:.2f}"').format(mark.kind, _sign(mark.effect), size)
    title = Html("<title>{}</title>").format(mark.title)
    if mark.kind == "error":
        return Html('<g {}>{}<path d="M{:.1f} {:.1f}l7.5 13h-15z"/></g>').format(paint, title, x, y - 7.5)
    letter = _MONO if mark.mono else _LETTER
    return Html(
        '<g {}>{}<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:g}" rx="3"/>'
        '<text x="{:.1f}" y="{:.1f}" class="middle{}">{}</text></g>'
    ).format(
        paint, title, x - width / 2, y - _BOX / 2, width, _BOX,
        x, y + 4, " mono" if mark.mono else "", _shortened(mark.label, (width - _PAD + 4) / letter),
    )  # fmt: skip


def _shortened(text: str, letters: float) -> str:
    """A text of at most so many letters; what is cut off ends with …"""
    if len(text) <= letters:
        return text
    return text[: max(0, int(letters) - 1)].rstrip() + ("…" if letters >= 3 else "")


def _sign(value: float) -> str:
    return "positive" if value >= 0 else "negative"

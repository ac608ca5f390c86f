"""Layered layout of a circuit: rows are sites, order in a row by barycentre sweeps, x by least movement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Box", "Place", "lanes_for", "place"]

Link = tuple[str, str, float]
"""(source, target, weight ≥ 0): how strongly two boxes want to stand above one another."""

_REFERENCE = 780.0
"""Pixels of the drawing's inner width that box widths are stated for."""
_GAP = 10.0
_MOST_LINKS = 500
"""Crossings are counted among the strongest links only: the count is quadratic, weak links hardly show."""


@dataclass(frozen=True)
class Box:
    """What is laid out: a node with its row and its width."""

    id: str
    row: int
    """0 is the bottom row."""
    width: float
    """Pixels, at the reference width of the drawing."""
    lane: int = 0
    """Column the box has to stay in; one lane when positions are summed."""
    hint: float = 0.0
    """Where the box starts in its row before the sweeps (ties keep a stable order)."""


@dataclass(frozen=True)
class Place:
    """Where a box stands: `x` is its centre as a share of the width, in [0, 1]."""

    x: float
    row: int


def lanes_for(boxes: Iterable[Box], labels: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Bounds of each lane in [0, 1]: as wide as its fullest row asks for, never narrower than its label.

    `labels` are the pixel widths of the lane titles, one a lane; demand is damped so that one crowded lane
    does not starve the others.
    """
    demand: dict[tuple[int, int], float] = defaultdict(float)
    for box in boxes:
        demand[box.lane, box.row] += box.width + _GAP
    wide = [max((v for (k, _), v in demand.items() if k == lane), default=0.0) for lane in range(len(labels))]
    share = [max(label + 12, 26, want**0.8) for label, want in zip(labels, wide, strict=True)]
    total, edge, bounds = sum(share), 0.0, []
    for part in share:
        bounds.append((edge, edge + part / total))
        edge += part / total
    return tuple(bounds)


def place(
    boxes: Sequence[Box],
    links: Iterable[Link],
    lanes: Sequence[tuple[float, float]] = ((0.0, 1.0),),
    sweeps: int = 24,
) -> dict[str, Place]:
    """Place every box, rows given, so that few strong links cross and linked boxes stand near one another.

    Boxes of a row never overlap as long as they fit its lane; in an overfull lane they share the room and the
    drawing shortens their labels. The result depends on the arguments only.
    """
    if not boxes:
        return {}
    by_id = {box.id: box for box in boxes}
    known = sorted((link for link in links if link[0] in by_id and link[1] in by_id), key=lambda e: -e[2])
    around = _neighbours(known)
    order = _sweep(by_id, known[:_MOST_LINKS], around, lanes, sweeps)
    x = _straighten(by_id, order, around, lanes)
    if len(lanes) == 1:
        x = _fill(by_id, x)
    return {key: Place(x[key], box.row) for key, box in by_id.items()}


@dataclass(frozen=True)
class _Around:
    up: Mapping[str, list[tuple[str, float]]]
    down: Mapping[str, list[tuple[str, float]]]

    def both(self, key: str) -> list[tuple[str, float]]:
        return self.down[key] + self.up[key]


def _neighbours(links: Sequence[Link]) -> _Around:
    up: dict[str, list[tuple[str, float]]] = defaultdict(list)
    down: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for source, target, weight in links:
        up[source].append((target, weight))
        down[target].append((source, weight))
    return _Around(up, down)


def _slots(
    order: Sequence[Sequence[str]], by_id: Mapping[str, Box], lanes: Sequence[tuple[float, float]]
) -> dict[str, float]:
    """Provisional x: the boxes of a lane evenly over its width, in the order given."""
    x: dict[str, float] = {}
    for row in order:
        groups: dict[int, list[str]] = defaultdict(list)
        for key in row:
            groups[by_id[key].lane].append(key)
        for lane, keys in groups.items():
            low, high = lanes[lane]
            x.update({key: low + (high - low) * (i + 0.5) / len(keys) for i, key in enumerate(keys)})
    return x


def _crossings(x: Mapping[str, float], links: Sequence[Link], row: Mapping[str, int]) -> float:
    """Crossings weighted by the weaker of the two links, among links that share both rows."""
    groups: dict[tuple[int, int], list[tuple[float, float, float]]] = defaultdict(list)
    for source, target, weight in links:
        groups[row[source], row[target]].append((x[source], x[target], weight))
    total = 0.0
    for group in groups.values():
        for i, (a, b, weight) in enumerate(group):
            for c, d, other in group[i + 1 :]:
                if (a - c) * (b - d) < 0:
                    total += min(weight, other)
    return total


def _sweep(
    by_id: Mapping[str, Box],
    links: Sequence[Link],
    around: _Around,
    lanes: Sequence[tuple[float, float]],
    sweeps: int,
) -> list[list[str]]:
    """Barycentre sweeps down, up, then both; the best order met is kept."""
    row = {key: box.row for key, box in by_id.items()}
    order: list[list[str]] = [[] for _ in range(max(row.values()) + 1)]
    for box in sorted(by_id.values(), key=lambda b: (b.lane, b.hint, b.id)):
        order[box.row].append(box.id)
    x = _slots(order, by_id, lanes)
    best, fewest = [list(r) for r in order], _crossings(x, links, row)
    for sweep in range(sweeps):
        one_sided = sweep < sweeps * 2 // 3
        rising = sweep % 2 == 0
        for r in range(len(order)) if rising else reversed(range(len(order))):
            want = {}
            for key in order[r]:
                near = (around.down[key] if rising else around.up[key]) if one_sided else around.both(key)
                want[key] = _mean_x(near, x, x[key])
            order[r].sort(key=lambda k: (by_id[k].lane, want[k], k))
            x.update(_slots([order[r]], by_id, lanes))
        crossed = _crossings(x, links, row)
        if crossed < fewest:
            best, fewest = [list(r) for r in order], crossed
    return best


def _mean_x(
    near: Sequence[tuple[str, float]], x: Mapping[str, float], own: float, stay: float = 0.0
) -> float:
    total = sum(weight for _, weight in near) + stay
    return (sum(x[key] * weight for key, weight in near) + stay * own) / total if total else own


def _straighten(
    by_id: Mapping[str, Box],
    order: Sequence[Sequence[str]],
    around: _Around,
    lanes: Sequence[tuple[float, float]],
) -> dict[str, float]:
    """Move boxes towards their neighbours without changing the order in a row."""
    x = _slots(order, by_id, lanes)
    for step in range(12):
        for row in order if step % 2 == 0 else reversed(order):
            groups: dict[int, list[str]] = defaultdict(list)
            for key in row:
                groups[by_id[key].lane].append(key)
            for lane, keys in groups.items():
                want = [_mean_x(around.both(key), x, x[key], stay=0.35) for key in keys]
                width = [by_id[key].width / _REFERENCE for key in keys]
                x.update(zip(keys, _spread(want, width, _GAP / _REFERENCE, lanes[lane]), strict=True))
    return x


def _spread(
    want: Sequence[float], width: Sequence[float], gap: float, bounds: tuple[float, float]
) -> list[float]:
    """The positions nearest to `want` (least squares) that keep the order, without overlap, inside `bounds`.

    Pool adjacent violators on the wishes less the minimum distances; boxes that do not fit all shrink alike.
    """
    low, high = bounds
    need = sum(width) + gap * (len(width) - 1)
    shrink = min(1.0, (high - low) / need)
    width, gap = [w * shrink for w in width], gap * shrink
    offset = [0.0]
    for left, right in pairwise(width):
        offset.append(offset[-1] + (left + right) / 2 + gap)
    pools: list[tuple[float, int]] = []
    for wish, shift in zip(want, offset, strict=True):
        pools.append((wish - shift, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1] = (pools[-1][0] + total, pools[-1][1] + count)
    flat = [total / count for total, count in pools for _ in range(count)]
    first, last = low + width[0] / 2, high - offset[-1] - width[-1] / 2
    return [min(max(f, first), max(first, last)) + shift for f, shift in zip(flat, offset, strict=True)]


def _fill(by_id: Mapping[str, Box], x: Mapping[str, float]) -> dict[str, float]:
    """Stretch to the whole width: the outermost boxes touch its sides."""
    low = min(v - by_id[key].width / _REFERENCE / 2 for key, v in x.items())
    high = max(v + by_id[key].width / _REFERENCE / 2 for key, v in x.items())
    return {key: (v - low) / (high - low) for key, v in x.items()}

"""SHIFT's numbers as HTML strings: accuracies before and after, and the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.shared.charts import Interval, dot, whisker
from app.shared.text import esc, pp
from explorer_engine.store.values import ClassifierTask, ShiftRow

if TYPE_CHECKING:
    from explorer_engine.shift.report import ShiftReport

__all__ = ["RUN_NAMES", "Numbers", "accuracies", "honest", "runs_table"]

RUN_NAMES = {
    "original": "Original probe",
    "random": "Random features",
    "cbp": "Concept bottleneck",
    "embedding features": "Embedding features only",
    "words deleted": "Gendered words deleted",
    "shift": "SHIFT (ground truth)",
    "shift+retrain": "SHIFT (truth) + retrain",
    "feature skyline": "Feature skyline",
    "neuron skyline": "Neuron skyline",
    "oracle": "Oracle",
}
"""Run of the store → its name in the table."""


@dataclass(frozen=True)
class Numbers:
    """Accuracies of one run on the balanced test set, in per cent, each with its 95 % interval."""

    profession: Interval
    attribute: Interval
    worst: Interval
    groups: tuple[Interval, ...]
    """Of (label 0, attribute 0), (0, 1), (1, 0), (1, 1); an interval of no width where none is known."""

    @classmethod
    def of(cls, row: ShiftRow) -> Numbers:
        """Numbers of a stored run."""

        def interval(value: float, ends: tuple[float, float]) -> Interval:
            return 100 * value, 100 * ends[0], 100 * ends[1]

        return cls(
            interval(row.profession, row.profession_ci),
            interval(row.attribute, row.attribute_ci),
            interval(row.worst, row.worst_ci),
            tuple((100 * g, 100 * g, 100 * g) for g in row.groups),
        )

    @classmethod
    def of_report(cls, report: ShiftReport) -> Numbers:
        """Numbers of a live run."""
        found = report.accuracies
        return cls(
            found.label.percent,
            found.attribute.percent,
            found.worst.percent,
            tuple(share.percent for share in found.groups),
        )


def accuracies(task: ClassifierTask, before: Numbers, after: Numbers | None, blank: str = "…") -> str:
    """Three headline numbers and the four groups, before and after; without `after`, `blank` stands there."""
    groups = [f"{a} {c}" for c in task.classes for a in task.attributes]
    lines: list[tuple[str, str, Interval, Interval | None, float | None]] = [
        ("Profession", "↑", before.profession, after and after.profession, None),
        ("Gender", "→ 50", before.attribute, after and after.attribute, 50.0),
        ("Worst group", "↑", before.worst, after and after.worst, None),
    ]
    lines += [
        (name, "", before.groups[i], after.groups[i] if after else None, None)
        for i, name in enumerate(groups)
    ]
    ticks = ((3.7, 0), (50, 50), (96.3, 100))
    axis = f'<span class="ax4">{"".join(f"<i style=left:{x}%>{v}</i>" for x, v in ticks)}</span>'
    out = [
        f'<div class="mt th"><span></span>{axis}<span class="num">before</span><span class="num">after</span>'
        '<span></span><span class="num">change</span></div>'
    ]
    for i, (name, hint, was, now, target) in enumerate(lines):
        big = i < 3
        cls = "big" if big else "small gap" if i == 3 else "small"
        note = f" <em>{hint}</em>" if hint else ""
        out.append(
            f'<div class="mt {cls}{"" if now else " wait"}"><span>{esc(name)}{note}</span>'
            f"{whisker(now or was, was, target=target, cls='acc' if big else '', w=136)}"
            f'<span class="num b4">{was[0]:.1f}</span><span class="num af">'
            f"{f'{now[0]:.1f}' if now else blank}</span>"
            f'<span class="ci">{_margin(now)}</span>'
            f'<span class="num ch">{pp(now[0] - was[0]) if now else ""}</span></div>'
        )
    return f'<div class="mts">{"".join(out)}</div>'


def _margin(value: Interval | None) -> str:
    return f"±{(value[2] - value[1]) / 2:.1f}" if value and value[2] > value[1] else ""


def runs_table(rows: Sequence[ShiftRow], live: Numbers | None, live_name: str, blank: str = "…") -> str:
    """Stored runs, with the live one as the tinted row before the annotator with the ground truth."""
    out = [
        '<div class="bt th"><span></span><span>profession ↑</span><span>gender → 50</span><span>'
        "worst group ↑</span></div>"
    ]
    seen_own = False
    for i, row in enumerate(rows):
        if not seen_own and (row.name.startswith("shift") or row.needs_balanced_labels):
            out.append(_run_line(live_name, live, "me", "acc", blank=blank))
            seen_own = True
        first_skyline = row.needs_balanced_labels and not rows[i - 1].needs_balanced_labels
        name = RUN_NAMES.get(row.name, row.name)
        note = row.note or (f"{row.n_ablated} ablated" if row.n_ablated else "")
        out.append(
            _run_line(
                name,
                Numbers.of(row),
                "top" if first_skyline else "",
                "off" if row.needs_balanced_labels else "",
                note,
            )
        )
    if not seen_own:
        out.append(_run_line(live_name, live, "me", "acc", blank=blank))
    return f'<div class="bts">{"".join(out)}</div>'


def _run_line(
    name: str, numbers: Numbers | None, cls: str, mark: str, note: str = "", blank: str = "…"
) -> str:
    cells = []
    for i, (low, target) in enumerate(((40.0, None), (40.0, 50.0), (0.0, None))):
        if numbers is None:
            cells.append(f'<span class="pic"></span><span class="num">{blank}</span>')
            continue
        value = (numbers.profession, numbers.attribute, numbers.worst)[i]
        ends = f"95 % interval {value[1]:.1f} to {value[2]:.1f}"
        cells.append(
            f"{dot(value, low=low, high=100, target=target, cls=mark, w=52, h=16)}"
            f'<span class="num" title="{ends}">{value[0]:.1f}</span>'
        )
    return f'<div class="bt {cls}" title="{esc(note)}"><span>{esc(name)}</span>{"".join(cells)}</div>'


def honest(rows: Sequence[ShiftRow]) -> str:
    """What the two word-level baselines say about this task, in a sentence."""
    known = {r.name: r for r in rows}
    shift = known.get("shift")
    near = [
        (word, known[name])
        for name, word in (
            ("embedding features", "ablating embedding features alone"),
            ("words deleted", "deleting gendered words"),
        )
        if name in known
    ]
    if shift is None or not near:
        return ""
    parts = [f"{word} reaches {100 * row.worst:.1f}" for word, row in near]
    return (
        f'<p class="say">Worst group {100 * shift.worst:.1f} by SHIFT with the ground-truth annotator; '
        f"{esc(' and '.join(parts))}. Intervals are 95 %, bootstrap over test texts.</p>"
    )

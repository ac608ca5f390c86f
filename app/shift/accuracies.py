"""SHIFT's numbers as HTML strings: accuracies before and after, and the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from app.shared.charts import Interval, dot, whisker
from app.shared.html import Html, joined
from app.shared.text import pp
from explorer_engine.shift.measures import Accuracies, Measure, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import Needs, ShiftRun

__all__ = ["accuracies", "headline", "honest", "run_name", "runs_table"]

_RUN_NAMES = {
    "original": "Original probe",
    "random": "Random features",
    "cbp": "Concept bottleneck",
    "embedding features": "Embedding features only",
    "words deleted": "ATTRIBUTE words deleted",
    "shift": "SHIFT (ground truth)",
    "shift+retrain": "SHIFT (truth) + retrain",
    "feature skyline": "Feature skyline",
    "neuron skyline": "Neuron skyline",
    "oracle": "Oracle",
}
"""Run of the store → its name in the table, ATTRIBUTE being the attribute's."""


def run_name(run: ShiftRun, task: ClassifierTask) -> str:
    """A run as tables call it."""
    return _RUN_NAMES.get(run.name, run.name).replace("ATTRIBUTE", task.attribute_name)


def headline(task: ClassifierTask) -> tuple[Measure, ...]:
    """The three measures of all texts: label, attribute, worst group."""
    return tuple(measure for measure in measures_of(task) if measure.group is None)


def accuracies(task: ClassifierTask, before: Accuracies, after: Accuracies | None, blank: str = "…") -> Html:
    """Three headline numbers and the four groups, before and after; without `after`, `blank` stands there."""
    ticks = ((3.7, 0), (50, 50), (96.3, 100))
    axis = Html('<span class="accuracy-axis">{}</span>').format(
        joined(Html("<i style=left:{}%>{}</i>").format(x, v) for x, v in ticks)
    )
    out = [
        Html(
            '<div class="accuracy column-heads"><span></span>{}<span class="number">before</span>'
            '<span class="number">after</span>'
            '<span></span><span class="number">change</span></div>'
        ).format(axis)
    ]
    for measure in measures_of(task):
        was, now = before.of(measure).percent, after.of(measure).percent if after else None
        big = measure.group is None
        cls = "headline" if big else "first-group" if measure.group == 0 else ""
        note = Html(" <em>{}</em>").format(measure.hint) if big else ""
        target = None if measure.target is None else 100 * measure.target
        out.append(
            Html(
                '<div class="accuracy {}{}"><span>{}{}</span>'
                "{}"
                '<span class="number before">{:.1f}</span><span class="number after">'
                "{}</span>"
                '<span class="margin">{}</span>'
                '<span class="number change">{}</span></div>'
            ).format(
                cls,
                "" if now else " waiting",
                measure.name,
                note,
                whisker(now or was, was, target=target, cls="accented" if big else "", w=136),
                was[0],
                f"{now[0]:.1f}" if now else blank,
                _margin(now),
                pp(now[0] - was[0]) if now else "",
            )
        )
    return Html("<div>{}</div>").format(joined(out))


def _margin(value: Interval | None) -> str:
    return f"±{(value[2] - value[1]) / 2:.1f}" if value and value[2] > value[1] else ""


def runs_table(
    task: ClassifierTask, rows: Sequence[ShiftRun], live: Accuracies | None, live_name: str, blank: str = "…"
) -> Html:
    """Stored runs under what each needed to know, those that need least first; the live one is tinted."""
    shown = headline(task)
    names = joined(Html("<span>{} {}</span>").format(measure.inline, measure.hint) for measure in shown)
    out = [Html('<div class="run column-heads"><span></span>{}</div>').format(names)]
    out.append(_run_line(shown, live_name, live, "live", "accented", blank=blank))
    for needs in get_args(Needs):
        own = [row for row in rows if row.needs == needs]
        if own:
            out.append(Html('<div class="run-needs">needs {}</div>').format(_needs(needs, task)))
        for row in own:
            note = row.note or (f"{row.n_ablated} ablated" if row.n_ablated else "")
            mark = "hollow" if row.needs_labels else ""
            out.append(_run_line(shown, run_name(row, task), row.accuracies, "", mark, note))
    return Html("<div>{}</div>").format(joined(out))


def _needs(needs: Needs, task: ClassifierTask) -> str:
    """What a row knew, in the task's words."""
    attribute, label = (name.lower() for name in (task.attribute_name, task.label_name))
    return {
        "nothing": "nothing",
        "words of the label": f"words that tell the {label}",
        "words of the attribute": f"words that tell the {attribute}",
        "labels": f"texts labelled by {attribute} and {label}",
        "balanced labels": "labelled texts of all four groups",
    }[needs]


def _run_line(
    shown: Sequence[Measure],
    name: str,
    found: Accuracies | None,
    cls: str,
    mark: str,
    note: str = "",
    blank: str = "…",
) -> Html:
    cells = []
    for measure in shown:
        if found is None:
            cells.append(Html('<span class="picture"></span><span class="number">{}</span>').format(blank))
            continue
        low = 0.0 if measure.key == "worst" else 40.0
        target = None if measure.target is None else 100 * measure.target
        value = found.of(measure).percent
        ends = f"95 % interval {value[1]:.1f} to {value[2]:.1f}"
        cells.append(
            Html('{}<span class="number" title="{}">{:.1f}</span>').format(
                dot(value, low=low, high=100, target=target, cls=mark, w=52, h=16), ends, value[0]
            )
        )
    return Html('<div class="run {}" title="{}"><span>{}</span>{}</div>').format(
        cls, note, name, joined(cells)
    )


def honest(task: ClassifierTask, rows: Sequence[ShiftRun]) -> Html:
    """What the two word-level rivals say about this task, in a sentence."""
    worst = {row.name: row.accuracies.worst.percent[0] for row in rows}
    attribute = headline(task)[1].inline
    near = [
        (word, worst[name])
        for name, word in (
            ("embedding features", "ablating embedding features alone"),
            ("words deleted", f"deleting {attribute} words"),
        )
        if name in worst
    ]
    if "shift" not in worst or not near:
        return Html("")
    parts = [f"{word} reaches {value:.1f}" for word, value in near]
    return Html(
        '<p class="explanation">Worst group {:.1f} by SHIFT with the ground-truth annotator; '
        "{}. Intervals are 95 %, bootstrap over test texts.</p>"
    ).format(worst["shift"], " and ".join(parts))

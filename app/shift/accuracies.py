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
    "words deleted": "ATTRIBUTE words deleted",
    "readers": "SHIFT, readers of contexts",
    "embedding features": "Embedding features only",
    "shift": "SHIFT, ground truth",
    "neuron skyline": "Neuron skyline",
    "feature skyline": "Feature skyline",
    "oracle": "Oracle",
    "attribute probe": "Fresh probe of ATTRIBUTE",
    "attribute probe after shift": "Fresh probe after SHIFT",
}
"""Run of the store → its name in the table, ATTRIBUTE being the attribute's."""
_RETRAINED = "+retrain"


def run_name(run: ShiftRun, task: ClassifierTask) -> str:
    """A run as tables call it."""
    name = run.name.removesuffix(_RETRAINED)
    written = _RUN_NAMES.get(name, name).replace("ATTRIBUTE", task.attribute_name.lower())
    return written[:1].upper() + written[1:] + (" + retrain" if name != run.name else "")


def headline(task: ClassifierTask) -> tuple[Measure, ...]:
    """The three measures of all texts: label, attribute, worst group."""
    return tuple(measure for measure in measures_of(task) if measure.group is None)


def accuracies(
    task: ClassifierTask, before: Accuracies | None, after: Accuracies | None, blank: str = "…"
) -> Html:
    """Three headline numbers and the four groups, before and after; `blank` stands for what is not known."""
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
        was, now = (found.of(measure).percent if found else None for found in (before, after))
        big = measure.group is None
        cls = "headline" if big else "first-group" if measure.group == 0 else ""
        note = Html(" <em>{}</em>").format(measure.hint) if big else ""
        target = None if measure.target is None else 100 * measure.target
        out.append(
            Html(
                '<div class="accuracy {}{}"><span>{}{}</span>'
                "{}"
                '<span class="number before">{}</span><span class="number after">'
                "{}</span>"
                '<span class="margin">{}</span>'
                '<span class="number change">{}</span></div>'
            ).format(
                cls,
                "" if now else " waiting",
                measure.name,
                note,
                whisker(now or was, was or now, target=target, cls="accented" if big else "", w=136)
                if now and was
                else Html("<span></span>"),
                f"{was[0]:.1f}" if was else blank,
                f"{now[0]:.1f}" if now else blank,
                _margin(now),
                pp(now[0] - was[0]) if now and was else "",
            )
        )
    return Html("<div>{}</div>").format(joined(out))


def _margin(value: Interval | None) -> str:
    return f"±{(value[2] - value[1]) / 2:.1f}" if value and value[2] > value[1] else ""


def runs_table(
    task: ClassifierTask,
    rows: Sequence[ShiftRun],
    live: tuple[str, Accuracies | None] | None,
    blank: str = "…",
) -> Html:
    """Stored runs on the test texts under what they needed to know; `live` is the tinted row at the top."""
    shown = headline(task)
    names = joined(Html("<span>{} {}</span>").format(measure.inline, measure.hint) for measure in shown)
    out = [Html('<div class="run column-heads"><span></span>{}</div>').format(names)]
    if live is not None:
        out.append(_run_line(shown, live[0], live[1], "live", "accented", blank=blank))
    for needs in get_args(Needs):
        own = [row for row in rows if row.needs == needs and row.split == "test"]
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
    """What can be had without labels beside what labels give, in a few sentences."""
    found = {row.name: row.accuracies for row in rows if row.split == "test"}
    attribute = headline(task)[1].inline

    def worst(names: Sequence[tuple[str, str]]) -> str:
        parts = [f"{words} {found[name].worst.percent[0]:.0f}" for name, words in names if name in found]
        return ", ".join(parts)

    without = worst([
        ("readers", "readers of contexts reach"),
        ("words deleted+retrain", f"{attribute} words deleted and retrained"),
    ])  # fmt: skip
    with_labels = worst([
        ("shift", "SHIFT by the ground truth"),
        ("embedding features", "embedding features alone"),
        ("neuron skyline", "neurons"),
    ])  # fmt: skip
    said = [f"Worst group without labels: {without}." if without else ""]
    said.append(f"With labels: {with_labels}." if with_labels else "")
    if left := found.get("attribute probe after shift"):
        said.append(
            f"A fresh probe still reads {attribute} at {left.attribute.percent[0]:.0f} % after SHIFT."
        )
    said.append(
        "Means over probes of several seeds; 95 % intervals over probes, texts and what else was drawn."
    )
    return Html('<p class="explanation">{}</p>').format(" ".join(filter(None, said)))

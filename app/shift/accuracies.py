"""SHIFT's numbers as HTML strings: three accuracies and four groups, before and after."""

from __future__ import annotations

from app.shared.html import Html, joined
from app.shared.text import pp
from explorer_engine.drawing.charts import Interval, whisker
from explorer_engine.shift.measures import Accuracies, Measure, measures_of
from explorer_engine.shift.task import ClassifierTask

__all__ = ["accuracies", "headline"]


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

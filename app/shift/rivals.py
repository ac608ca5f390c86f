"""SHIFT's table of runs as HTML strings: every classifier under what it needed, as it is and retrained."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import get_args

from app.shared.html import Html, esc, joined
from app.shift.accuracies import headline
from explorer_engine.drawing.charts import whisker
from explorer_engine.shift.measures import Accuracies, Measure
from explorer_engine.shift.missing import missing_rows
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import Needs, ShiftRun

__all__ = ["Live", "remarks", "run_name", "runs_table"]

_RUN_NAMES = {
    "original": "Original probe",
    "random": "Random features",
    "cbp": "Concept bottleneck",
    "words deleted": "ATTRIBUTE words deleted",
    "readers": "SHIFT, readers",
    "embedding features": "Embedding features",
    "shift": "SHIFT, ground truth",
    "neuron skyline": "Neuron skyline",
    "feature skyline": "Feature skyline",
    "oracle": "Oracle",
    "attribute probe": "Fresh probe of ATTRIBUTE",
    "attribute probe after shift": "Fresh probe of ATTRIBUTE after SHIFT",
}
"""Run of the store → its name in the table, ATTRIBUTE being the attribute's."""
_RETRAINED = "+retrain"
_STILL_READ = ("attribute probe", "attribute probe after shift")
"""Rows that are no classifiers of the label: a remark says them."""

_CALLED = {"cbp": "concept bottleneck", "shift": "ground truth"}
"""Rows whose name in a sentence is another."""


@dataclass(frozen=True)
class Live:
    """The classifier on screen as the table's first row."""

    judge: str
    """Who judged its features."""
    needs: Needs | None
    """None: nothing but somebody who reads features."""
    retrained: bool
    after: Accuracies | None
    """On the test texts; None while they are not known or not asked for."""


@dataclass
class _Line:
    """One line of the table: a run, and the same one retrained."""

    name: str
    notes: list[str] = field(default_factory=list)
    found: dict[bool, Accuracies | None] = field(default_factory=dict)
    """Whether retrained → its accuracies."""
    cls: str = ""


def run_name(run: ShiftRun, task: ClassifierTask) -> str:
    """A run as tables call it."""
    name = run.name.removesuffix(_RETRAINED)
    written = _RUN_NAMES.get(name, name).replace("ATTRIBUTE", task.attribute_name.lower())
    return written[:1].upper() + written[1:] + (" + retrain" if name != run.name else "")


def runs_table(task: ClassifierTask, rows: Sequence[ShiftRun], live: Live, blank: str = "…") -> Html:
    """Stored runs on the test texts under what they needed; the one on screen, tinted, at the top."""
    shown = headline(task)
    names = joined(Html('<span class="{}">{} {}</span>').format(m.key, m.inline, m.hint) for m in shown)
    out = [Html('<div class="run column-heads"><span></span>{}</div>').format(names)]
    needed = "nothing but reading" if live.needs is None else _needs(live.needs, task)
    out.append(_heading(f"judged by {live.judge}: needs {needed}"))
    now = _Line("SHIFT, live", found={live.retrained: live.after}, cls="live")
    out.append(_line(shown, now, blank))
    for needs in get_args(Needs):
        lines: dict[str, _Line] = {}
        for row in rows:
            if row.needs == needs and row.split == "test" and row.name not in _STILL_READ:
                base = row.name.removesuffix(_RETRAINED)
                name = run_name(row, task).removesuffix(" + retrain")
                line = lines.setdefault(base, _Line(name, cls="labels" if row.needs_labels else ""))
                line.found[base != row.name] = row.accuracies
                line.notes += [row.note] if row.note else []
        if lines:
            out.append(_heading(f"needs {_needs(needs, task)}"))
        out += [_line(shown, line, blank) for line in lines.values()]
    return Html("<div>{}</div>").format(joined(out))


def remarks(task: ClassifierTask, rows: Sequence[ShiftRun], n_probes: int) -> Html:
    """What is left of the attribute after SHIFT, and what the table's figures are means over."""
    found = {row.name: row.accuracies.attribute.percent[0] for row in rows if row.name in _STILL_READ}
    said = []
    if len(found) == len(_STILL_READ):
        before, after = (found[name] for name in _STILL_READ)
        said.append(
            f"A fresh probe reads {headline(task)[1].inline} at {before:.0f} % before SHIFT "
            f"and at {after:.0f} % after it."
        )
    n_draws = max((len(row.draws) for row in rows), default=1)
    if n_probes > 1:
        draws = f" and {n_draws} draws of all texts (live: the first)" if n_draws > 1 else ""
        said.append(f"Means over {n_probes} probes{draws}; intervals, on hover, are over them too.")
    said += _missing(task, {row.name for row in rows})
    return Html('<p class="explanation">{}</p>').format(" ".join(said)) if said else Html("")


def _missing(task: ClassifierTask, there: Collection[str]) -> Iterator[str]:
    """Which rows are left out, and what the classifier's recipe would have to give for them."""
    reasons: dict[str, list[str]] = {}
    for name, why in missing_rows(task, there).items():
        reasons.setdefault(why, []).append(_CALLED.get(name, name))
    if reasons:
        left_out = "; ".join(f"{' and '.join(called)}: {why}" for why, called in reasons.items())
        yield f"Left out, as the recipe gives – {left_out}."


def _needs(needs: Needs, task: ClassifierTask) -> str:
    """What a row knew, in the task's words."""
    attribute, label = (name.lower() for name in (task.attribute_name, task.label_name))
    return {
        "nothing": "nothing",
        "words of the label": f"words that tell the {label}",
        "words of the attribute": f"words that tell the {attribute}",
        "labels": f"labels: texts labelled by {attribute} and {label}",
        "balanced labels": "labels: as many labelled texts of all four groups",
    }[needs]


def _heading(text: str) -> Html:
    return Html('<div class="run-needs">{}</div>').format(text)


def _line(shown: Sequence[Measure], line: _Line, blank: str) -> Html:
    plain, again = line.found.get(False), line.found.get(True)
    cells = []
    for measure in shown:
        if measure.key == "worst":
            cells.append(_picture(measure, plain, again, line.cls == "live"))
        for retrained, found in ((False, plain), (True, again)):
            cells.append(_number(measure, found, retrained, blank if retrained in line.found else ""))
    note = esc("; retrained: ".join(dict.fromkeys(line.notes)))
    return Html('<div class="run {}" title="{}"><span>{}</span>{}</div>').format(
        line.cls, note, line.name, joined(cells)
    )


def _number(measure: Measure, found: Accuracies | None, retrained: bool, blank: str) -> Html:
    if found is None:
        return Html('<span class="number">{}</span>').format(blank)
    value, low, high = found.of(measure).percent
    said = f"{'probe retrained, ' if retrained else ''}95 % interval {low:.1f} to {high:.1f}"
    return Html('<span class="number" title="{}">{:.1f}</span>').format(said, value)


def _picture(measure: Measure, plain: Accuracies | None, again: Accuracies | None, live: bool) -> Html:
    last = again or plain
    if last is None:
        return Html('<span class="picture"></span>')
    first = plain.of(measure).percent if plain and again else None
    return whisker(last.of(measure).percent, first, cls="accented" if live else "", w=64, h=16)

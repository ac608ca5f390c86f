"""The three ways into a world, each with a preview made of real data; every card is one link."""

from __future__ import annotations

from collections.abc import Sequence

from app import address
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.shared.bars import ebar
from app.shared.charts import whisker
from app.shared.circuit_thumbnail import stamp
from app.shared.text import esc
from app.shared.tokens import name_or_tokens, prose, tok
from app.shift.view import ShiftView
from explorer_engine.shift.measures import Accuracies, Measure, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, ShiftRun
from explorer_engine.store.values import BehaviourContext, CircuitGraph

__all__ = ["behaviours_door", "circuit_door", "doors", "shift_door"]


def _door(title: str, count: str, text: str, preview: str, view: address.View, centre: bool = False) -> str:
    href = esc(address.href(view))
    return (
        f'<a class="door" href="{href}" target="_self" data-act="go" data-val="{href}"><div class="dh">'
        f"<b>{esc(title)}</b><span>{esc(count)}</span></div><p>{esc(text)}</p>"
        f'<div class="pv{" c" if centre else ""}">{preview}</div></a>'
    )


def behaviours_door(count: int, contexts: Sequence[BehaviourContext], view: BehavioursView) -> str:
    """Contexts of one behaviour, aligned on the answer."""
    lines = "".join(
        f'<div class="k3"><span class="pre"><bdi>{prose(c.before[-16:])}</bdi></span>{tok(c.answer)}</div>'
        for c in contexts
    )
    text = "What the model predicts for the same reason, found without labels."
    return _door("See behaviours", f"{count:,}", text, f'<div class="fill">{lines}</div>', view)


def circuit_door(count: int, graph: CircuitGraph | None, view: CircuitView) -> str:
    """One circuit as a stamp."""
    picture = stamp(graph, w=228, h=220) if graph else "<p>No circuit yet.</p>"
    text = "The features that produce one behaviour, from tokens up to the answer."
    return _door("See a circuit", f"{count:,}", text, picture, view, centre=True)


def _measure(measure: Measure, before: Accuracies, after: Accuracies) -> str:
    was, now = before.of(measure).percent, after.of(measure).percent
    target = None if measure.target is None else 100 * measure.target
    picture = whisker(now, was, target=target, cls="acc", w=80, h=18)
    return (
        f'<div class="w3"><span>{esc(measure.name)} <em>{measure.hint}</em></span>{picture}'
        f'<span class="num"><s>{was[0]:.1f}</s>{now[0]:.1f}</span></div>'
    )


def shift_door(
    count: int,
    task: ClassifierTask,
    runs: Sequence[ShiftRun],
    features: Sequence[ClassifierFeature],
    view: ShiftView,
) -> str:
    """Accuracies before and after SHIFT, and the strongest features of the classifier's circuit."""
    found = {run.name: run.accuracies for run in runs}
    numbers = "".join(
        _measure(measure, found["original"], found["shift"])
        for measure in measures_of(task)
        if measure.group is None and {"original", "shift"} <= found.keys()
    )
    top = max((abs(f.effect) for f in features), default=1.0)
    effects = "".join(
        f'<div class="e3">{ebar(f.effect, top, 60, 10)}'
        f'<span class="ov">{name_or_tokens(None, f.tokens[:2])}</span></div>'
        for f in features[:12]
    )
    note = '<div class="nt">accuracy, %; hollow dot = before</div>'
    body = f'{numbers}{note}<div class="fill e">{effects}</div>'
    text = "Remove what it should not use; see what that does at once."
    tasks = "1 task" if count == 1 else f"{count} tasks"
    return _door("Clean a classifier", tasks, text, body, view)


def doors(cards: Sequence[str]) -> str:
    """The cards side by side."""
    return f'<div class="doors">{"".join(cards)}</div>'

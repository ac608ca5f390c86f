"""The three ways into a world, each with a preview made of real data; every card is one link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import address
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.shared.html import Html, esc, joined
from app.shift.view import ShiftView
from explorer_engine.drawing.bars import ebar
from explorer_engine.drawing.charts import whisker
from explorer_engine.drawing.thumbnail import thumbnail
from explorer_engine.drawing.tokens import name_or_tokens, prose, tok
from explorer_engine.shift.measures import Accuracies, Measure, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, ShiftRun
from explorer_engine.store.values import BehaviourContext, CircuitGraph

__all__ = ["behaviours_card", "circuit_card", "shift_card", "side_by_side"]


def _card(title: str, count: str, text: str, preview: str, view: address.View, centre: bool = False) -> Html:
    href = esc(address.href(view))
    return Html(
        '<a class="door" href="{}" target="_self" data-act="go" data-value="{}"><div class="door-head">'
        "<b>{}</b><span>{}</span></div><p>{}</p>"
        '<div class="preview{}">{}</div></a>'
    ).format(href, href, title, count, text, " picture-centred" if centre else "", preview)


def behaviours_card(count: int, contexts: Sequence[BehaviourContext], view: BehavioursView) -> Html:
    """Contexts of one behaviour, aligned on the answer."""
    lines = joined(
        Html('<div class="door-context"><span class="text-before"><bdi>{}</bdi></span>{}</div>').format(
            prose(c.before[-16:]), tok(c.answer)
        )
        for c in contexts
    )
    text = "What the model predicts for the same reason, found without labels."
    return _card(
        "See behaviours", f"{count:,}", text, Html('<div class="preview-rows">{}</div>').format(lines), view
    )


def circuit_card(count: int, graph: CircuitGraph, view: CircuitView) -> Html:
    """One circuit as a thumbnail."""
    picture = thumbnail(graph, w=228, h=220)
    text = "The features that produce one behaviour, from tokens up to the answer."
    return _card("See a circuit", f"{count:,}", text, picture, view, centre=True)


def _measure(measure: Measure, before: Accuracies, after: Accuracies) -> Html:
    was, now = before.of(measure).percent, after.of(measure).percent
    target = None if measure.target is None else 100 * measure.target
    picture = whisker(now, was, target=target, cls="accented", w=80, h=18)
    return Html(
        '<div class="door-accuracy"><span>{} <em>{}</em></span>{}<span class="number">'
        "<s>{:.1f}</s>{:.1f}</span></div>"
    ).format(measure.name, measure.hint, picture, was[0], now[0])


def shift_card(
    count: int,
    task: ClassifierTask,
    runs: Sequence[ShiftRun],
    features: Sequence[ClassifierFeature],
    labels: Mapping[str, str],
    view: ShiftView,
) -> Html:
    """Accuracies before and after SHIFT, and the strongest features of the classifier's circuit."""
    found = {run.name: run.accuracies for run in runs if run.split == "test"}
    numbers = joined(
        _measure(measure, found["original"], found["shift"])
        for measure in measures_of(task)
        if measure.group is None and {"original", "shift"} <= found.keys()
    )
    top = max((abs(f.effect) for f in features), default=1.0)
    effects = joined(
        Html('<div class="door-effect">{}<span class="clipped">{}</span></div>').format(
            ebar(f.effect, top, 60, 10), name_or_tokens(labels.get(str(f.ref)), f.tokens[:2])
        )
        for f in features[:12]
    )
    note = Html('<div class="door-note">accuracy, %; hollow dot = before</div>')
    body = Html('{}{}<div class="preview-rows below-figures">{}</div>').format(numbers, note, effects)
    text = "Remove what it should not use; see what that does at once."
    tasks = "1 task" if count == 1 else f"{count} tasks"
    return _card("Clean a classifier", tasks, text, body, view)


def side_by_side(cards: Sequence[str]) -> Html:
    """The cards side by side."""
    return Html('<div class="doors">{}</div>').format(joined(cards))

"""The card of a feature to judge, as HTML: what it fires on and does; blind, no more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app import address, names, world
from app.features.view import FeaturesView
from app.judge.screen import Screen
from app.shared import judging, messages
from app.shared.html import Html, esc
from app.shared.text import head, link, meta, num, pp
from explorer_engine.drawing import feature_parts
from explorer_engine.drawing.bars import ebar
from explorer_engine.drawing.charts import hist
from explorer_engine.drawing.groups import group_means
from explorer_engine.drawing.tokens import chips
from explorer_engine.shift.values import ClassifierFeature
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import SEEN
from explorer_engine.store.values import ContextBin, FeatureCard

__all__ = ["Card", "card"]

_TOP, _OTHERS = 7, 4
"""Contexts of the top quantile, and of every other: what fits a high screen; on others some are left out."""


@dataclass(frozen=True)
class Card:
    """A feature to judge."""

    html: Html
    seen: str
    """What can be seen on it, as a judgement keeps it."""


def card(shown: Screen, target: str) -> Card:
    """What one may see of a feature of the circuit. Raises InputError where the world has none of it."""
    feature = shown.features[target]
    contexts, figures, there = _parts(world.version(), feature.ref)
    shows = dict.fromkeys(there, True)
    title, more = _told(shown, feature, shows) if shown.open(target) else _hidden(shown, target)
    html = Html('<div class="judge-left">{}{}</div><div class="judge-right">{}{}</div>').format(
        title, contexts, more, figures
    )
    return Card(html, ",".join(part for part in SEEN if shows.get(part)))


@st.cache_resource(max_entries=512, show_spinner=False)
def _parts(version: world.Version, ref: FeatureRef) -> tuple[Html, Html, tuple[str, ...]]:
    """Contexts, figures, and which of `SEEN` they are: made once, for a card is sent several times."""
    store = world.store().features
    found, bins = store.card(ref), store.contexts(ref, per_bin=_TOP)
    there = {
        "contexts": bool(bins),
        "tokens": bool(found.tokens or found.promoted or found.suppressed),
        "ablated": bool(found.ablated),
    }
    return (
        _contexts(bins, found),
        _figures(found),
        tuple(name for name, is_there in there.items() if is_there),
    )


def _hidden(shown: Screen, target: str) -> tuple[Html, str]:
    question = "Is this what the behaviour is about, or something else?"
    if shown.task is not None:
        question = f"Is this about the {shown.task.label_name.lower()}, or about something else?"
    said = "skipped: " if target in shown.mine else ""
    return _title(question, target, f"{said}label, effect, groups and votes are hidden until you decide"), ""


def _told(shown: Screen, feature: ClassifierFeature, shows: dict[str, bool]) -> tuple[Html, Html]:
    """The title with the label, and what else is hidden while blind; `shows` is told what there is."""
    target, task = str(feature.ref), shown.task
    label = names.label_of(feature.ref)
    votes = world.judgements().votes(shown.scope).get(target)
    own = shown.mine.get(target)
    page = link("feature page", address.href(FeaturesView(feature.ref)))
    by = Html("label by {}").format(label.annotator) if label else "no label yet"
    title = _title(
        label.text if label else "Unlabelled feature", target, by, f"you: {own}" if own else "", page
    )
    top = max(abs(f.effect) for f in shown.features.values()) or 1.0
    parts = [
        Html('<div class="judge-effect"><span>{}</span>{}<b>{}</b></div>').format(
            "effect on the logit" if task else "effect",
            ebar(feature.effect, top, 88, 11),
            num(feature.effect, True),
        )
    ]
    if feature.alone is not None:
        parts.append(
            Html('<div class="judge-effect"><span>ablated alone</span><i></i><b>{}</b></div>').format(
                f"{pp(feature.alone)} points"
            )
        )
    parts.append(
        Html('<div class="judge-effect"><span>votes</span>{}<b></b></div>').format(
            judging.votes(votes) if votes else Html("<i>none yet</i>")
        )
    )
    if task is not None and feature.groups:
        parts.append(head("Mean activation", "by group of the development texts"))
        parts.append(group_means(task, feature.groups))
    shows |= {
        "label": label is not None, "effect": True, "alone": feature.alone is not None, "votes": True,
        "groups": bool(task and feature.groups),
    }  # fmt: skip
    return title, head("What is hidden while blind") + Html("").join(parts)


def _title(title: str, target: str, *said: str) -> Html:
    return Html('<div class="title">{}</div>').format(title) + meta(
        Html('<span class="id">{}</span>').format(target), *said
    )


def _contexts(bins: Sequence[ContextBin], found: FeatureCard) -> Html:
    kept = [ContextBin(b.bin, b.name, b.low, b.high, b.strips[: _OTHERS if b.bin else _TOP]) for b in bins]
    missing = Html("")
    if not bins and (makes := world.store().start.command("dashboards")):
        missing = Html('<p class="quiet">{}</p>').format(messages.command(makes))
    return feature_parts.contexts(kept, found.maximum) + missing


def _figures(found: FeatureCard) -> Html:
    fires = chips(found.tokens[:8]) if found.tokens else Html('<span class="quiet">nothing</span>')
    out = [
        head(
            "Activations",
            Html("density <b>{} %</b>, max <b>{}</b>").format(num(100 * found.density), num(found.maximum)),
        ),
        hist(found.histogram, found.maximum, 56),
        head("Fires on", "strongest first"),
        Html('<div class="judge-chips">{}</div>').format(fires),
    ]
    for title, tokens, cls in (
        ("Promotes", found.promoted, "promoted"),
        ("Suppresses", found.suppressed, "suppressed"),
    ):
        if tokens:
            row = chips([(t.text, t.weight) for t in tokens[:6]], cls)
            out += [head(title), Html('<div class="judge-chips">{}</div>').format(row)]
    if found.ablated is not None:
        out.append(feature_parts.ablated(found.ablated))
    else:
        out.append(feature_parts.not_ablated("Not measured for this feature."))
    return esc("").join(out)

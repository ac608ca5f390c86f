"""The page of a feature, and its contexts as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence

from explorer_engine.drawing import feature_parts
from explorer_engine.drawing.bars import mbar
from explorer_engine.drawing.groups import group_means
from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.text import head, meta, name_of, num
from explorer_engine.drawing.tokens import chips, name_or_tokens
from explorer_engine.sites import FeatureRef
from explorer_engine.store.values import ContextBin
from precompute.site import places
from precompute.site.contents import Contents
from precompute.site.rows import label, number, row, rows

__all__ = ["made"]

_CIRCUITS, _NEAR = 40, 8
"""Circuits and similar features that are named at most."""


def made(contents: Contents, ref: FeatureRef) -> tuple[Html, str]:
    """What is on the page of a feature, and its contexts as JSON."""
    bins = contents.store.features.contexts(ref)
    return _body(contents, ref, bins), _json(contents, ref, bins)


def _body(contents: Contents, ref: FeatureRef, bins: Sequence[ContextBin]) -> Html:
    """Figures, contexts by quantile, what it promotes, its circuits, its neighbours."""
    store, place = contents.store, places.feature(ref)
    card = store.features.card(ref)
    called = contents.labels.get(str(ref))
    fires = Html('<span class="fires-on">fires on {}</span>').format(chips(card.tokens[:5]))
    title = Html('<h1 class="title">{}{}</h1>').format(
        name_of(called), fires if card.tokens and not called else ""
    )
    figures = meta(
        Html('<span class="id">{}</span>').format(ref),
        Html("in <b>{}</b> {}").format(card.n_circuits, "circuit" if card.n_circuits == 1 else "circuits"),
        Html('<a href="{}" download>contexts as JSON</a>').format(
            places.link(place, places.feature(ref, ".json"))
        ),
    )
    side = [_circuits(contents, ref, place), _groups(contents, ref), _similar(contents, ref, place)]
    if card.ablated:
        side.insert(0, feature_parts.ablated(card.ablated))
    return (
        title
        + figures
        + Html('<div class="two-parts"><section>{}{}</section><aside>{}</aside></div>').format(
            feature_parts.figures(card),
            Html('<div class="contexts">{}</div>').format(feature_parts.contexts(bins, card.maximum)),
            joined(Html("<section>{}</section>").format(part) for part in side if part),
        )
    )


def _json(contents: Contents, ref: FeatureRef, bins: Sequence[ContextBin]) -> str:
    """Its contexts by quantile, each with its tokens and the activation on each."""
    quantiles = [
        {
            "quantile": found.name,
            "activations": [found.low, found.high],
            "contexts": [
                {
                    "document": strip.document,
                    "position": strip.position,
                    "activation": strip.maximum,
                    "tokens": strip.tokens,
                    "activations": strip.activations,
                }
                for strip in found.strips
            ],
        }
        for found in bins
    ]
    called = contents.labels.get(str(ref))
    return json.dumps({"feature": str(ref), "label": called, "quantiles": quantiles}, ensure_ascii=False)


def _circuits(contents: Contents, ref: FeatureRef, place: str) -> Html:
    """The circuits that it takes part in, strongest first."""
    found = contents.store.features.circuits(ref, limit=_CIRCUITS)
    if not found:
        return head("Circuits") + Html('<p class="quiet">In none of this world’s circuits.</p>')
    top = max(abs(membership.effect) for membership in found)
    lines = (
        row(
            places.link(place, places.circuit(membership.circuit)),
            mbar(membership.effect, top),
            label(contents.title(contents.circuits[membership.circuit])),
            number(num(membership.effect, True)),
        )
        for membership in found
    )
    return head("Circuits", "strongest first; effect") + rows("barred", lines)


def _groups(contents: Contents, ref: FeatureRef) -> Html:
    """Its mean activation in the groups of each classifier's texts."""
    groups = contents.store.features.groups(ref)
    tasks = {name: contents.tasks[name] for name in groups}
    return joined(
        head(task.title, "mean activation by group") + group_means(task, groups[name])
        for name, task in tasks.items()
    )


def _similar(contents: Contents, ref: FeatureRef, place: str) -> Html:
    """Features whose decoder directions are closest; those without a page are no links."""
    found = contents.store.features.neighbours(ref, limit=_NEAR)
    lines = [
        row(
            places.link(place, places.feature(near.ref)) if near.ref in contents.features else None,
            label(name_or_tokens(contents.labels.get(str(near.ref)), near.tokens), near.ref),
            number(f"{near.cosine:.2f}"),
        )
        for near in found
    ]
    return head("Similar features", "decoder cosine") + rows("named", lines) if lines else Html("")

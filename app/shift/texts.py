"""Under SHIFT's features: one feature's whole contexts to judge it by, or the predictions that flipped."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import address, names, world
from app.features.view import FeaturesView
from app.shared import judging
from app.shared.clickable import clickable
from app.shared.html import Html
from app.shared.text import head, link
from app.shift import rows, toolbar
from app.shift.screen import Screen
from explorer_engine.drawing.groups import group_means
from explorer_engine.drawing.tokens import chips
from explorer_engine.shift.values import ClassifierFeature

__all__ = ["flipped", "opened"]

_CONTEXTS = {0: 6, 1: 2, 2: 2, 3: 1, 4: 1}
"""Contexts shown of each activation quantile."""


def opened(shown: Screen, chosen: ClassifierFeature) -> None:
    """Whole contexts at the left, what the feature promotes and in which group it is active at the right."""
    store, ref = world.store().features, chosen.ref
    card = store.card(ref)
    page = link("feature page", address.href(FeaturesView(ref)))
    label = names.feature_labels([ref]).get(str(ref))
    with st.container(key="read"):
        with st.container(
            horizontal=True, wrap=False, key="read_top", gap="small", vertical_alignment="center"
        ):
            clickable(head("Reading", rows.feature_name(str(ref), label, chosen.tokens), page), "read_head")
            judging.buttons(
                str(ref), shown.scope, "shift", one_line=True, then=partial(toolbar.follow_me, shown)
            )
        left, right = st.columns([0.64, 0.36], gap="small")
        with left, st.container(key="read_contexts"):
            bins = store.contexts(ref, per_bin=max(_CONTEXTS.values()))
            lines = [s for b in bins for s in b.strips[: _CONTEXTS.get(b.bin, 1)]]
            clickable(rows.whole_contexts(lines, card.maximum), "read_strips")
        with right, st.container(key="read_facts"):
            up = chips([(t.text, t.weight) for t in card.promoted[:5]], "promoted")
            down = chips([(t.text, t.weight) for t in card.suppressed[:5]], "suppressed")
            dots = group_means(shown.task, chosen.groups) if chosen.groups else ""
            said = head("Mean activation", "by group of the development texts") + dots if dots else ""
            clickable(
                Html('<div class="logit-tokens"><em>promotes</em>{}<em>suppresses</em>{}</div>{}').format(
                    up, down, said
                ),
                "read_facts_html",
            )


def flipped(shown: Screen) -> None:
    """Texts whose prediction changed, shaded by what speaks for the new prediction."""
    answer = shown.answer
    if answer is None or not answer.n_right + answer.n_wrong:
        why = (
            "None."
            if shown.ablated or shown.view.retrain
            else "Mark a feature as spurious to see what changes. Open it first: whole contexts and "
            "groups say what it stands for."
        )
        if shown.after is None or shown.first is not None:
            why = "" if shown.failure else "…"
        clickable(head("Predictions that flipped", why), "flips")
        return
    whose = "of the first probe’s " if shown.n_probes > 1 else ""
    note = f"{whose}{answer.n_right} became right, {answer.n_wrong} became wrong; those that moved most"
    if shown.flips:
        body = rows.flips(shown.task, shown.flips)
    elif shown.flips_failure:
        body = Html('<div class="meta wrapped">{}</div>').format(shown.flips_failure)
    else:
        body = Html('<div class="meta"><span class="busy">reading them</span></div>')
    clickable(head("Predictions that flipped", note) + body, "flips")

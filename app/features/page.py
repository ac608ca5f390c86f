"""Features: search and filters over a dense list, and everything known about one feature beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app import names, world
from app.address import read, update
from app.features import parts
from app.features.ablation import ablation
from app.features.controls import controls, meaning, query_of
from app.features.own_sentence import own_sentence
from app.features.view import FeaturesView as View
from app.shared import feature_parts
from app.shared.clickable import clickable
from app.shared.html import Html
from app.shared.labelling import label_editor
from app.shared.messages import unknown, unreadable
from app.shared.paging import page_at, pager
from app.shared.tokens import is_separator
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.features import FeatureQuery
from explorer_engine.store.values import FeatureCard, FeatureRow

PER_PAGE = 100
state = st.session_state


def select(ref: FeatureRef | None) -> None:
    update(View, feature=ref)


def first(rows: Sequence[FeatureRow]) -> FeatureRef | None:
    """The feature to open with: the first in the list that fires on words, not between documents."""
    telling = (row.ref for row in rows if row.tokens and not is_separator(row.tokens[0]))
    return next(telling, rows[0].ref if rows else None)


def pick() -> None:
    if act := state.feature_list.act:
        update(View, feature=act["value"])  # the page says where it is none


def card(store: ArtefactStore, feature: FeatureCard, query: FeatureQuery) -> None:
    """Everything known about one feature."""
    ref = feature.ref
    place = store.features.place(query, ref)
    said = world.judgements().opinions(str(ref))
    with st.container(
        horizontal=True, vertical_alignment="center", key="feature_head", wrap=False, gap="small"
    ):
        with st.container(key="feature_title_box", width="stretch"):
            clickable(
                parts.title(feature, names.label_of(ref), sum(o.judgement is not None for o in said)),
                "feature_title",
            )
        label_editor(str(ref))
        for label, key, target in (
            ("Previous", "k", place.previous if place else None),
            ("Next", "j", place.next if place else None),
        ):
            st.button(
                label, shortcut=key, key=f"f_{label}", disabled=target is None,
                on_click=select, args=(target,),
            )  # fmt: skip
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        clickable(parts.figures(feature), "feature_facts")
        with st.container(key="feature_contexts_box"):
            clickable(
                feature_parts.contexts(store.features.contexts(ref), feature.maximum), "feature_contexts"
            )
        own_sentence(ref, feature.maximum)
    with right, st.container(key="feature_side"):
        ablation(feature)
        if groups := store.features.groups(ref):
            tasks = {classifier.task.name: classifier.task for classifier in store.classifiers.all()}
            clickable(parts.groups(groups, tasks), "feature_groups")
        circuits = store.features.circuits(ref, limit=8)
        clickable(parts.circuits(circuits, feature.n_circuits, names.behaviour_labels()), "feature_circuits")
        near = store.features.neighbours(ref, limit=6)
        clickable(parts.similar(near, names.feature_labels(n.ref for n in near)), "feature_similar")
        explained = world.judgements().explanations.of(str(ref))
        clickable(parts.opinions(said, explained), "feature_opinions")


def page() -> None:
    store = world.store()
    try:
        view = read(View)
        query = query_of(view)
        asked = None if view.feature is None else store.features.card(view.feature)
    except InputError as error:
        unreadable(error, ("All features", View()))
        return
    left, right = st.columns([0.315, 0.685], gap="medium")
    with left:
        controls(view, world.summary(world.asked()).n_layers)
        found = page_at(view.page, PER_PAGE, partial(store.features.page, query))
        ref = view.feature or first(found.rows)
        called = names.feature_labels(row.ref for row in found.rows)
        with st.container(key="features_box"):
            clickable(parts.rows(found, called, ref), "feature_list", pick)
        pager(
            View,
            found,
            "features",
            Html('{} <span title="share of tokens on which it is active">density in %</span>').format(
                meaning(view) and f"{meaning(view)} ·"
            ),
        )
    with right:
        if ref is None:
            unknown(
                "Nothing found", "No feature matches the search and the filters.", [("All features", View())]
            )
            return
        card(store, asked or store.features.card(ref), query)


page()

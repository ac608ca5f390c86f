"""Features: search and filters over a dense list, and everything known about one feature beside it."""

from __future__ import annotations

import streamlit as st

from app import names, world
from app.address import read, update
from app.features import parts
from app.features.ablation import ablation
from app.features.controls import controls, meaning
from app.features.made import Evidence, Listed, evidence, listed, place
from app.features.own_sentence import own_sentence
from app.features.view import FeaturesView as View
from app.operations.metrics import measured
from app.shared import judging
from app.shared.clickable import clickable, selected
from app.shared.html import Html
from app.shared.labelling import label_editor
from app.shared.messages import unknown, unreadable
from app.shared.paging import pager
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.values import ListPlace

state = st.session_state


def select(ref: FeatureRef | None) -> None:
    update(View, feature=ref)


def pick(listing: Listed) -> None:
    """A click on a row; a browser can send anything, other rows are none."""
    act = state.feature_list.act
    row = next((row for row in listing.found.rows if act and str(row.ref) == act["value"]), None)
    if row is not None:
        select(row.ref)


def card(shown: Evidence, beside: ListPlace[FeatureRef] | None) -> None:
    """Everything known about one feature."""
    feature, ref = shown.card, shown.card.ref
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
            ("Previous", "k", beside.previous if beside else None),
            ("Next", "j", beside.next if beside else None),
        ):
            st.button(
                label, shortcut=key, key=f"f_{label}", disabled=target is None,
                on_click=select, args=(target,),
            )  # fmt: skip
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        clickable(shown.figures, "feature_facts")
        with st.container(key="feature_contexts_box"):
            clickable(shown.contexts, "feature_contexts")
        own_sentence(ref, feature.maximum)
    with right, st.container(key="feature_side"):
        ablation(feature)
        if shown.groups:
            clickable(shown.groups, "feature_groups")
        of_circuits = parts.circuits(shown.circuits, feature.n_circuits, names.behaviour_labels())
        clickable(of_circuits, "feature_circuits")
        called = names.feature_labels(n.ref for n in shown.near)
        clickable(parts.similar(shown.near, called), "feature_similar")
        explained = world.judgements().explanations.of(str(ref))
        clickable(parts.opinions(said, explained), "feature_opinions")


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a click on a row reruns only this."""
    try:
        view = read(View)
        listing = listed(view)
        ref = view.feature or listing.first
        shown = None if ref is None else evidence(ref)
    except InputError as error:
        unreadable(error, ("All features", View()))
        return
    left, right = st.columns([0.315, 0.685], gap="medium")
    with left:
        controls(view, world.summary(world.asked()).n_layers)
        with st.container(key="features_box"):
            rows = selected(listing.rows, shown.card.ref) if shown else listing.rows
            clickable(rows, "feature_list", lambda: pick(listing))
        density = Html('{} <span title="share of tokens on which it is active">density in %</span>')
        pager(View, listing.found, "features", density.format(meaning(view) and f"{meaning(view)} ·"))
    judging.learn_name()
    with right:
        if shown is None:
            unknown(
                "Nothing found", "No feature matches the search and the filters.", [("All features", View())]
            )
            return
        card(shown, place(view, shown.card.ref))


page()

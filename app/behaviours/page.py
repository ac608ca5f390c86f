"""Behaviours: a ranked list on the left, the selected behaviour read at one glance on the right."""

from __future__ import annotations

import streamlit as st

from app import names, world
from app.address import read, update
from app.behaviours import parts
from app.behaviours.controls import controls
from app.behaviours.lost import lost_statements
from app.behaviours.made import Evidence, Listed, clusterings, evidence, listed, place, whole_contexts
from app.behaviours.view import BehavioursView as View
from app.operations.metrics import measured
from app.shared import judging
from app.shared.clickable import clickable, selected
from app.shared.html import still
from app.shared.labelling import label_editor
from app.shared.messages import unknown, unreadable, without
from app.shared.paging import pager
from app.shared.rankings import RANKINGS
from explorer_engine.errors import InputError
from explorer_engine.formats import context_files
from explorer_engine.store.values import ListPlace

state = st.session_state


def select(behaviour: int | None) -> None:
    update(View, behaviour=behaviour)


def pick(listing: Listed) -> None:
    """A click on a row; a browser can send anything, other rows are none."""
    act = state.behaviour_list.act
    row = next((row for row in listing.found.rows if act and str(row.id) == act["value"]), None)
    if row is not None:
        select(row.id)


def header(shown: Evidence, beside: ListPlace[int] | None) -> None:
    """Title with its figures, previous and next, downloads."""
    (row,) = names.named([shown.row])
    with st.container(
        horizontal=True, vertical_alignment="center", key="behaviour_head", wrap=False, gap="xsmall"
    ):
        still(parts.title(row, shown.circuit_figures), width="stretch")
        label_editor(names.behaviour_target(row.id))
        for label, key, target in (
            ("Previous", "k", beside.previous if beside else None),
            ("Next", "j", beside.next if beside else None),
        ):
            st.button(
                label, shortcut=key, key=f"b_{label}", disabled=target is None,
                on_click=select, args=(target,),
            )  # fmt: skip
        with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Downloads"):
            for kind, make in (("JSON", context_files.contexts_json), ("CSV", context_files.contexts_csv)):
                st.download_button(
                    f"Contexts ({kind})", key=f"b_{kind}", on_click="ignore",
                    file_name=f"behaviour-{row.id}.{kind.lower()}",
                    data=lambda make=make: make(whole_contexts(row.id)),
                )  # fmt: skip


def pictures(shown: Evidence) -> None:
    """What the behaviour is made of: its contexts, and under them the pictures."""
    with st.container(key="behaviour_contexts_box"):
        clickable(shown.contexts, "behaviour_contexts")
    answers, loss, similarity, circuit = st.columns([0.95, 1.1, 0.8, 1.25], gap="medium")
    with answers:
        clickable(shown.answers, "behaviour_answers")
    with loss:
        clickable(shown.loss, "behaviour_loss")
    with similarity:
        clickable(shown.similarity, "behaviour_similarity")
    with circuit:
        clickable(shown.circuit, "behaviour_circuit")


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a click on a row reruns only this."""
    try:
        view = read(View)
        known = clusterings()
        if not known:
            raise InputError(without(world.store(), "behaviours", "behaviours"))
        asked = None if view.behaviour is None else evidence(view.behaviour)
        if view.clustering is None:
            view = update(View, clustering=asked.row.clustering if asked else known[0].id)
        if view.clustering not in {c.id for c in known} or view.rank not in RANKINGS:
            raise InputError(f"this world has no clustering {view.clustering!r} ranked by {view.rank!r}")
    except InputError as error:
        unreadable(error, ("All behaviours", View()))
        return
    left, right = st.columns([0.36, 0.64], gap="medium")
    with left:
        controls(view, known)
        listing = listed(view)
        rows = listing.found.rows
        shown = asked or (evidence(rows[0].id) if rows else None)
        with st.container(key="behaviours_box"):
            listed_rows = selected(listing.rows, shown.row.id) if shown else listing.rows
            clickable(listed_rows, "behaviour_list", lambda: pick(listing))
        pager(View, listing.found, "behaviours")
        lost_statements()
    judging.learn_name()
    with right:
        if shown is None:
            unknown(
                "Nothing found",
                "No behaviour matches the search and the filters.",
                [("All behaviours", View())],
            )
            return
        header(shown, place(view, shown.row.id))
        pictures(shown)


page()

"""Behaviours: a ranked list on the left, the selected behaviour read at one glance on the right."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import names, world
from app.address import read, update
from app.behaviours import files, parts
from app.behaviours.controls import controls, query_of
from app.behaviours.lost import lost_statements
from app.behaviours.rankings import RANKINGS
from app.behaviours.view import BehavioursView as View
from app.shared.charts import Losses
from app.shared.clickable import clickable
from app.shared.html import still
from app.shared.labelling import label_editor
from app.shared.messages import unknown, unreadable, without
from app.shared.paging import page_at, pager
from explorer_engine.circuits.curve import whole_circuit
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.values import BehaviourRow, CircuitGraph, ListPlace

PER_PAGE = 50
state = st.session_state


def select(behaviour: int | None) -> None:
    update(View, behaviour=behaviour)


def pick() -> None:
    if act := state.behaviour_list.act:
        select(int(act["value"]))


def header(
    store: ArtefactStore, row: BehaviourRow, graph: CircuitGraph | None, place: ListPlace[int] | None
) -> None:
    """Title with its figures, previous and next, downloads."""
    own = None
    if graph is not None:
        own = whole_circuit(store.circuits.faithfulness(graph.summary.id), graph.circuit.node_threshold)
    with st.container(
        horizontal=True, vertical_alignment="center", key="behaviour_head", wrap=False, gap="xsmall"
    ):
        still(parts.title(row, graph, own), width="stretch")
        label_editor(names.behaviour_target(row.id))
        for label, key, target in (
            ("Previous", "k", place.previous if place else None),
            ("Next", "j", place.next if place else None),
        ):
            st.button(
                label, shortcut=key, key=f"b_{label}", disabled=target is None,
                on_click=select, args=(target,),
            )  # fmt: skip
        with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Downloads"):
            for kind, make in (("JSON", files.contexts_json), ("CSV", files.contexts_csv)):
                st.download_button(
                    f"Contexts ({kind})", key=f"b_{kind}", on_click="ignore",
                    file_name=f"behaviour-{row.id}.{kind.lower()}",
                    data=lambda make=make: make(store.behaviours.contexts(row.id, before=10_000).rows),
                )  # fmt: skip


def evidence(store: ArtefactStore, row: BehaviourRow, graph: CircuitGraph | None, mean: Losses) -> None:
    """What the behaviour is made of: its contexts, and under them the pictures."""
    found = store.behaviours.contexts(row.id)
    near = parts.similar(store.behaviours.neighbours(row.id, limit=3), row.clustering)
    with st.container(key="behaviour_contexts_box"):
        clickable(parts.contexts(found.rows, found.total, near), "behaviour_contexts")
    answers, loss, similarity, circuit = st.columns([0.95, 1.1, 0.8, 1.25], gap="medium")
    with answers:
        clickable(parts.answers(store.behaviours.last_tokens(row.id), row.answers), "behaviour_answers")
    with loss:
        clickable(parts.loss(row.losses, mean), "behaviour_loss")
    with similarity:
        clickable(parts.similarity(store.behaviours.similarity(row.id)), "behaviour_similarity")
    with circuit:
        clickable(parts.circuit(graph, store.start.command("behaviours")), "behaviour_circuit")


def page() -> None:
    store = world.store()
    try:
        view = read(View)
        clusterings = store.behaviours.clusterings()
        if not clusterings:
            raise InputError(without(store, "behaviours", "behaviours"))
        if view.behaviour is not None and view.clustering is None:
            view = update(View, clustering=store.behaviours.get(view.behaviour).clustering)
        elif view.clustering is None:
            view = update(View, clustering=clusterings[0].id)
        if view.clustering not in {c.id for c in clusterings} or view.rank not in RANKINGS:
            raise InputError(f"this world has no clustering {view.clustering!r} ranked by {view.rank!r}")
        row = None if view.behaviour is None else store.behaviours.get(view.behaviour)
    except InputError as error:
        unreadable(error, ("All behaviours", View()))
        return
    query = query_of(view)
    left, right = st.columns([0.36, 0.64], gap="medium")
    with left:
        controls(view, clusterings)
        found = page_at(view.page, PER_PAGE, partial(store.behaviours.page, query))
        shown = names.named(found.rows)
        row = row or (shown[0] if shown else None)
        with st.container(key="behaviours_box"):
            mean = store.behaviours.mean_losses()
            clickable(parts.rows(shown, mean, view.rank, row.id if row else None), "behaviour_list", pick)
        pager(View, found, "behaviours")
        lost_statements()
    with right:
        if row is None:
            unknown(
                "Nothing found",
                "No behaviour matches the search and the filters.",
                [("All behaviours", View())],
            )
            return
        (row,) = names.named([row])
        place = store.behaviours.place(query, row.id)
        graph = store.circuits.graph(row.circuit, named=False) if row.circuit else None
        header(store, row, graph, place)
        evidence(store, row, graph, mean)


page()

"""What the Behaviours page shows of a world, made once for everybody: lists, and the parts of a behaviour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from app import names, world
from app.behaviours import parts
from app.behaviours.controls import query_of
from app.behaviours.view import BehavioursView
from app.shared.html import Html
from app.shared.paging import page_at
from explorer_engine.behaviours.values import Clustering
from explorer_engine.circuits.curve import whole_circuit
from explorer_engine.drawing import behaviour_parts
from explorer_engine.store.values import BehaviourContext, BehaviourRow, ListPlace, Page

__all__ = ["Evidence", "Listed", "clusterings", "evidence", "listed", "place", "whole_contexts"]

PER_PAGE = 50


@dataclass(frozen=True)
class Listed:
    """A page of the list."""

    found: Page[BehaviourRow]
    """Called as people call them."""
    rows: Html
    """Without the selected one marked."""


@dataclass(frozen=True)
class Evidence:
    """A behaviour as the store has it, and the parts that say what it is, as HTML."""

    row: BehaviourRow
    circuit_figures: tuple[Html, ...]
    contexts: Html
    answers: Html
    loss: Html
    similarity: Html
    circuit: Html


def clusterings() -> tuple[Clustering, ...]:
    """All clusterings of the world; none in one without behaviours."""
    return _clusterings(world.version())


@st.cache_resource(max_entries=16, show_spinner=False)
def _clusterings(version: world.Version) -> tuple[Clustering, ...]:
    return world.store().behaviours.clusterings()


def listed(view: BehavioursView) -> Listed:
    """The page of the list that the address asks for."""
    return _listed(world.version(), names.said(), replace(view, behaviour=None))


@st.cache_resource(max_entries=64, show_spinner=False)
def _listed(version: world.Version, said: tuple[object, ...], view: BehavioursView) -> Listed:
    store, query = world.store().behaviours, query_of(view)
    found = page_at(view.page, PER_PAGE, partial(store.page, query))
    found = replace(found, rows=names.named(found.rows))
    return Listed(found, parts.rows(found.rows, store.mean_losses(), view.rank))


def place(view: BehavioursView, behaviour: int) -> ListPlace[int] | None:
    """What stands before and after a behaviour in the list that the address asks for."""
    return world.store().behaviours.place(query_of(view), behaviour)


def whole_contexts(behaviour: int) -> tuple[BehaviourContext, ...]:
    """A behaviour's contexts with all that is stored of the text before them: for files."""
    return world.store().behaviours.contexts(behaviour, before=10_000).rows


def evidence(behaviour: int) -> Evidence:
    """What a behaviour is made of, and the pictures of it. InputError: there is none of that id."""
    return _evidence(world.version(), behaviour)


@st.cache_resource(max_entries=256, show_spinner=False)
def _evidence(version: world.Version, behaviour: int) -> Evidence:
    whole = world.store()
    store, row = whole.behaviours, whole.behaviours.get(behaviour)
    graph = whole.circuits.graph(row.circuit, named=False) if row.circuit else None
    own = None
    if graph is not None:
        own = whole_circuit(whole.circuits.faithfulness(graph.summary.id), graph.circuit.node_threshold)
    found = store.contexts(behaviour)
    near = parts.similar(store.neighbours(behaviour, limit=3), row.clustering)
    return Evidence(
        row,
        circuit_figures=behaviour_parts.circuit_figures(graph, own),
        contexts=behaviour_parts.contexts(found.rows, found.total, near),
        answers=behaviour_parts.answers(store.last_tokens(behaviour), row.answers),
        loss=behaviour_parts.loss(row.losses, store.mean_losses()),
        similarity=behaviour_parts.similarity(store.similarity(behaviour)),
        circuit=parts.circuit(graph, whole.start.command("behaviours")),
    )

"""The open world of this server: opened once, shared by all sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app import settings
from app.shared import messages
from app.shared.html import Html
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world

if TYPE_CHECKING:
    from explorer_engine.world.world import World

__all__ = ["current", "judgements", "store", "summary"]


@st.cache_resource(show_spinner=False)
def _open(path: Path) -> World:
    """Checked against its manifest once a process; failures are not cached, so the next run looks again."""
    return open_world(path)


@st.cache_resource(show_spinner=False)
def _judgements(path: Path) -> JudgementStore:
    return JudgementStore(path)


def current() -> World:
    """The open world; where it cannot be opened the page says why and the run ends."""
    try:
        return _open(settings.world_path())
    except InputError as error:
        messages.no_world(settings.world_path(), str(error))
        st.stop()


def store() -> ArtefactStore:
    """The world's artefact store; ends the run with a message where there is none."""
    return current().store


def judgements() -> JudgementStore:
    """The judgement store; ends the run with a message where its file cannot be opened."""
    try:
        return _judgements(settings.judgements_path(current().key))
    except InputError as error:
        messages.message("The judgement store cannot be opened", str(error))
        st.stop()


def summary() -> Html:
    """The world in one line of HTML, for the header."""
    try:
        facts = _open(settings.world_path()).store.start.world()
    except InputError:
        return Html("no world open")
    dot = Html("<i>·</i>")
    return Html("<b>{}</b>{}{} layers{}{} dictionaries, {:,} features").format(
        facts.title, dot, facts.n_layers, dot, facts.n_dictionaries, facts.n_features
    )

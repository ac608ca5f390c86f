"""The world that a session looks at: opened once for all sessions, and again when another is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import session, settings, worlds
from app.discreet import discreet
from app.judgement_stores import Stores
from app.newest import Newest
from app.operations import metrics
from app.shared import messages
from app.worlds import Listed
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.renewal import settle
from explorer_engine.world.world import open_world

if TYPE_CHECKING:
    from pathlib import Path

    from explorer_engine.store.values import WorldSummary
    from explorer_engine.world.world import World

__all__ = [
    "Version",
    "asked",
    "broke",
    "current",
    "first",
    "judgements",
    "judgements_of",
    "judging_state",
    "opened",
    "store",
    "summary",
    "version",
]

Version = tuple[str | int, ...]

_MOST_OPEN = 16
"""Worlds whose stores are open at once."""


@st.cache_resource(show_spinner=False)
def _open() -> Newest[World]:
    """Old ones are dropped, not closed, because other sessions' queries may still be running on them."""
    return Newest(_MOST_OPEN)


@st.cache_resource(show_spinner=False)
def _judgements() -> Stores:
    return Stores()


@st.cache_resource(max_entries=16, show_spinner=False)
def _none(path: Path, why: str) -> JudgementStore:
    """An empty store that nothing can be said in."""
    return JudgementStore(path.parent / "none" / path.name, readable_only=why)


def first() -> Listed:
    """The world of an address that names none: the first that can be opened, else the first."""
    known = worlds.listed()
    for world in known:
        try:
            opened(world)
        except InputError:
            continue
        return world
    return known[0]


def opened(which: Listed) -> World:
    """A world of the list. Raises InputError where it cannot be opened.

    Failures are not remembered: the next run looks again.
    """
    settle(which.path)
    return _open().get(which.path, worlds.manifest_version(which.path), lambda: open_world(which.path))


def asked() -> Listed:
    """The world that the session looks at. Raises InputError where it is not open here."""
    key = session.world()
    return first() if key is None else worlds.find(key)


def current() -> World:
    """The world that the session looks at; where it cannot be opened the page says why and the run ends."""
    try:
        return opened(asked())
    except InputError as error:
        broke(error)
        st.stop()


def broke(error: InputError) -> None:
    """Say what is wrong with the world that the session looks at: it is not of the list, or broken."""
    metrics.store_error("world")
    try:
        which = asked()
    except InputError as unknown:
        messages.other_world(str(unknown), worlds.listed())
    else:
        messages.no_world(which, str(error), worlds.listed())


def summary(which: Listed) -> WorldSummary:
    """What a world of the list says of itself. Raises InputError where it cannot be opened."""
    found = opened(which)
    return _summary(found.store, (str(found.path), *found.store.version))


@st.cache_resource(max_entries=64, show_spinner=False)
def _summary(_store: ArtefactStore, version: Version) -> WorldSummary:
    """Read once for a version of the store: every page's header says it."""
    return _store.start.world()


def store() -> ArtefactStore:
    """The world's artefact store; ends the run with a message where there is none."""
    return current().store


def version() -> Version:
    """Says which world, and changes when anything of it is published anew: part of every cache key."""
    found = current()
    return str(found.path), *worlds.manifest_version(found.path), *found.store.version


def judgements() -> JudgementStore:
    """The judgement store; where it cannot be written, one to read, whose `closed` says why."""
    return judgements_of(current())


def judgements_of(here: World) -> JudgementStore:
    """The judgement store of a world that is open, as `judgements`."""
    path, *older = (settings.judgements_path(key) for key in (here.key, *here.older_keys))
    if why := _shared(here.key, path):
        return _none(path, why)
    return _judgements().get(path, tuple(older))


def judging_state() -> str | None:
    """What people who judge should know: why nothing can be said, what came back; None without a world."""
    try:
        opened(asked())
    except InputError:
        return None
    found = judgements()
    told = found.closed or found.notice
    return told and discreet(told)


def _shared(key: str, path: Path) -> str | None:
    """What is wrong where one file is meant to serve several sets of dictionaries."""
    sets = {world.dictionaries for world in worlds.listed()}
    if any(other and other != key and settings.judgements_path(other) == path for other in sets):
        return (
            f"{path}: one file for the judgements of several sets of dictionaries: give a folder, with "
            "--judgements or CIRCUIT_EXPLORER_JUDGEMENTS"
        )
    return None

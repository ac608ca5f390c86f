"""The open world of this server: shared by all sessions, opened once and again when another is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app import settings
from app.shared import messages
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.manifest import MANIFEST
from explorer_engine.world.world import open_world

if TYPE_CHECKING:
    from explorer_engine.world.world import World

__all__ = ["Version", "current", "judgements", "opened", "store", "version"]

Version = tuple[int, ...]


def _manifest(path: Path) -> Version:
    """Which manifest lies in a world's folder; empty where there is none, which opening the world says."""
    try:
        found = (path / MANIFEST).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


@st.cache_resource(show_spinner=False, max_entries=1)
def _open(path: Path, manifest: Version) -> World:
    """Checked against its manifest once; failures are not cached, so the next run looks again.

    With another manifest it is another world, and the old one is forgotten: dropped, not closed, because
    other sessions' queries may still be running on it.
    """
    return open_world(path)


@st.cache_resource(show_spinner=False)
def _judgements(path: Path) -> JudgementStore:
    return JudgementStore(path)


def opened() -> World:
    """The open world. Raises InputError where it cannot be opened."""
    path = settings.world_path()
    return _open(path, _manifest(path))


def current() -> World:
    """The open world; where it cannot be opened the page says why and the run ends."""
    try:
        return opened()
    except InputError as error:
        messages.no_world(settings.world_path(), str(error))
        st.stop()


def store() -> ArtefactStore:
    """The world's artefact store; ends the run with a message where there is none."""
    return current().store


def version() -> Version:
    """Changes when anything of the world is published anew, be it the store or another file of it."""
    found = current()
    return *_manifest(found.path), *found.store.version


def judgements() -> JudgementStore:
    """The judgement store; ends the run with a message where its file cannot be opened."""
    try:
        return _judgements(settings.judgements_path(current().key))
    except InputError as error:
        messages.message("The judgement store cannot be opened", str(error))
        st.stop()

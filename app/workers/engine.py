"""The server's worker for the open world: one model for SHIFT, sentences and circuits alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app import settings, world
from app.workers.worker import Worker

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld
    from explorer_engine.world.world import World

__all__ = ["worker"]


def _load(opened: World, device: str, tell: Callable[[str], None]) -> LoadedWorld:
    from explorer_engine.world.loaded import LoadedWorld

    return LoadedWorld(opened, device=device, tell=tell)


def _close(old: Worker) -> None:
    old.close()


@st.cache_resource(show_spinner=False, max_entries=1, on_release=_close)
def _worker(path: str, version: world.Version, device: str) -> Worker:
    return Worker(partial(_load, world.current(), device))


def worker() -> Worker:
    """The worker; for a newly published world it is a new one, and the old one ends."""
    return _worker(str(world.current().path), world.version(), settings.device())

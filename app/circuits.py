"""The circuits of the world that a session looks at, and the files that the app was started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app import settings, world
from app.discreet import discreet
from explorer_engine.errors import InputError
from explorer_engine.store.opened_circuits import OpenedCircuits
from explorer_engine.world.circuits import WorldCircuits

if TYPE_CHECKING:
    from explorer_engine.world.world import World

__all__ = ["Given", "circuits", "circuits_of", "given"]


@dataclass(frozen=True)
class Given:
    """What became of the files of `--circuit`."""

    circuits: tuple[str, ...]
    """Ids of those that are open."""
    troubles: tuple[str, ...]
    """What is wrong with each of the others."""


def circuits() -> WorldCircuits:
    """Those of the store, and those brought in; ends the run with a message where there is no world."""
    return circuits_of(world.current())


def circuits_of(here: World) -> WorldCircuits:
    """Those of a world that is open."""
    opened = OpenedCircuits.beside(settings.judgements_path(here.key), (here.key, *here.older_keys))
    return WorldCircuits(here.store, opened, here.fingerprint)


def given() -> Given:
    """The files of `--circuit`, opened in this world by the first visit of it."""
    return _given(_judgements(), _keys(), settings.circuit_paths())


def _judgements() -> Path:
    return settings.judgements_path(world.current().key)


def _keys() -> tuple[str, ...]:
    here = world.current()
    return here.key, *here.older_keys


@st.cache_resource(show_spinner=False)
def _given(judgements: Path, keys: tuple[str, ...], files: tuple[Path, ...]) -> Given:
    opened, found, troubles = OpenedCircuits.beside(judgements, keys), [], []
    for file in files:
        try:
            found.append(opened.add(file))
        except InputError as problem:
            troubles.append(discreet(str(problem)))
    return Given(tuple(found), tuple(troubles))

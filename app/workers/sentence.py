"""The worker for one's own sentence: one thread that holds the model and says where a feature is active."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from app import world
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.store.world import World
    from explorer_engine.world.loaded import LoadedWorld
    from explorer_engine.world.sentence import Sentence

__all__ = ["SentenceWorker", "sentences"]

_KEPT = 64
"""Answers kept, so that reruns of the page ask once."""


class SentenceWorker:
    """Questions in, futures out, one at a time; torch is imported in the worker."""

    def __init__(self, opened: World) -> None:
        self._world = opened
        self._loaded: LoadedWorld | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[FeatureRef, str], Future[Sentence]] = OrderedDict()

    def ask(self, ref: FeatureRef, text: str) -> Future[Sentence]:
        """The feature on the text, now or later."""
        with self._lock:
            if (ref, text) not in self._known:
                self._known[ref, text] = self._pool.submit(self._read, ref, text)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return self._known[ref, text]

    def close(self) -> None:
        """End the worker."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._loaded is not None:
            self._loaded.close()

    def _read(self, ref: FeatureRef, text: str) -> Sentence:
        if self._loaded is None:
            from explorer_engine.world.loaded import LoadedWorld

            self._loaded = LoadedWorld(self._world)
        return self._loaded.sentence(ref, text)


@st.cache_resource(show_spinner=False, on_release=SentenceWorker.close)
def _worker(path: str, version: tuple[int, int, int]) -> SentenceWorker:
    return SentenceWorker(world.current())


def sentences() -> SentenceWorker:
    """The server's worker for the open world; a newly published world gets a new one."""
    opened = world.current()
    return _worker(str(opened.path), opened.store.version)

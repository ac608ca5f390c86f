"""One's own sentence: a worker that holds the model, and the field on the Features page that asks it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from app import world
from app.components.feature import peak_text
from app.components.text import esc, head
from app.components.tokens import strip
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.store.world import World
    from explorer_engine.world.loaded import LoadedWorld
    from explorer_engine.world.sentence import Sentence

__all__ = ["own_sentence"]

_KEPT = 64
"""Answers kept, so that reruns of the page ask once."""
_PATIENCE = 0.4
"""Seconds a run of the page waits for the answer before it says that the model is being loaded."""


class _Reading:
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


@st.cache_resource(show_spinner=False, on_release=_Reading.close)
def _reading(path: str, version: tuple[int, int, int]) -> _Reading:
    return _Reading(world.current())


def own_sentence(ref: FeatureRef, peak: float) -> None:
    """A field for a sentence, and the feature's activation on it, shaded against its maximum `peak`."""
    with st.container(key="ftry", gap="xsmall"):
        st.html(head("Your own sentence", "runs the model"))
        text = st.text_input(
            "Your own sentence", key="own_sentence", max_chars=400, label_visibility="collapsed",
            placeholder="Write a sentence to see where this feature is active on it",
        )  # fmt: skip
        if text.strip():
            opened = world.current()
            future = _reading(str(opened.path), opened.store.version).ask(ref, text)
            st.fragment(_answer, run_every=0.5 if not future.done() else None)(future, peak)


def _answer(future: Future[Sentence], peak: float) -> None:
    try:
        found = future.result(timeout=_PATIENCE)
    except TimeoutError:
        st.html('<p class="quiet">Loading the model: a few seconds the first time …</p>')
        return
    except InputError as error:
        st.html(f'<p class="quiet">{esc(error)}</p>')
        return
    if found.maximum > 0:
        st.html(strip(found.tokens, found.activations, peak, lead=peak_text(found.maximum), one_line=False))
    else:
        st.html('<p class="quiet">Not active on this sentence.</p>')

"""One's own sentence on the Features page: the field, and where the feature is active on it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import streamlit as st

from app.shared.html import Html, still
from app.shared.text import head
from app.workers import engine
from app.workers.sentence import SentenceQuestion
from app.workers.worker import outcome
from explorer_engine.drawing.strips import peak_text
from explorer_engine.drawing.tokens import strip
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.world.sentence import Sentence

__all__ = ["own_sentence"]

_PATIENCE = 0.4
"""Seconds a run of the page waits for the answer before it says that the model is being loaded."""


def own_sentence(ref: FeatureRef, peak: float) -> None:
    """A field for a sentence, and the feature's activation on it, shaded against its maximum `peak`."""
    with st.container(key="feature_sentence", gap="xsmall"):
        still(head("Your own sentence", "runs the model"))
        text = st.text_input(
            "Your own sentence", key="own_sentence", max_chars=400, label_visibility="collapsed",
            placeholder="Write a sentence to see where this feature is active on it",
        )  # fmt: skip
        if text.strip():
            future = engine.ask(SentenceQuestion(ref, text))
            st.fragment(_answer, run_every=0.5 if not future.done() else None)(future, peak)


def _answer(future: Future[Sentence], peak: float) -> None:
    found, failure = outcome(future, _PATIENCE)
    if failure is not None:
        still(Html('<p class="quiet">{}</p>').format(failure))
    elif found is None:
        still(Html('<p class="quiet">Loading the model: a few seconds the first time …</p>'))
    elif found.maximum > 0:
        still(strip(found.tokens, found.activations, peak, lead=peak_text(found.maximum), one_line=False))
    else:
        still(Html('<p class="quiet">Not active on this sentence.</p>'))

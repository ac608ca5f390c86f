"""What is lost without a feature: as it was measured beforehand, else measured now if that is asked for."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import streamlit as st

from app import session, world
from app.shared.clickable import clickable
from app.shared.html import still
from app.workers import engine
from app.workers.ablation import AblationQuestion
from app.workers.worker import outcome
from explorer_engine.drawing import feature_parts
from explorer_engine.sites import FeatureRef
from explorer_engine.store.values import FeatureCard

if TYPE_CHECKING:
    from explorer_engine.dashboards.values import FeatureAblation

__all__ = ["ablation"]

_PATIENCE = 0.4
"""Seconds a run of the page waits for the answer before it says that the model is at it."""


def ablation(card: FeatureCard) -> None:
    """Tokens whose probability changes most without the feature, or a button that measures it."""
    if card.ablated is not None:
        clickable(feature_parts.ablated(card.ablated), "feature_ablated")
        return
    asked: set[FeatureRef] = session.here().setdefault("ablations", set())
    with st.container(key="feature_ablation", gap="xsmall"):
        if card.ref not in asked:
            if not card.maximum:
                still(feature_parts.not_ablated("Never active on the documents of this world."))
                return
            still(feature_parts.not_ablated("Not measured for this feature."))
            st.button("Measure", key="measure_ablation", on_click=asked.add, args=(card.ref,))
            return
        future = engine.ask(AblationQuestion(card.ref))
        st.fragment(_answer, run_every=0.5 if not future.done() else None)(future)


def _answer(future: Future[FeatureAblation]) -> None:
    found, failure = outcome(future, _PATIENCE)
    if found is not None:
        changes = world.store().features.weights(found.changes)
        clickable(feature_parts.ablated(changes), "feature_ablated")
    else:
        still(feature_parts.not_ablated(failure or "Running the model …"))

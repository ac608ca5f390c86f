"""What people call things: their labels over the store's own, one's own label over other people's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import streamlit as st

from app import world
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import Label
from explorer_engine.store.values import BehaviourRow

__all__ = ["behaviour_labels", "behaviour_target", "feature_labels", "label_of", "labels", "named"]

_BEHAVIOUR = "behaviour-"


def labels() -> dict[str, Label]:
    """The label of each target that has one; where several people named it, one's own, else the newest."""
    store = world.judgements()
    return _labels(str(store.path), store.version, st.session_state.get("annotator"))


@st.cache_resource(max_entries=16, show_spinner=False)
def _labels(path: str, version: int, me: str | None) -> dict[str, Label]:
    """Read anew when somebody said something: a page asks several times a run."""
    store = world.judgements()
    return store.labels() | (store.labels(me) if me else {})


def label_of(ref: FeatureRef) -> Label | None:
    """What a feature is called, and by whom."""
    return labels().get(str(ref))


def feature_labels() -> dict[str, str]:
    """Labels by feature: `{"resid_2/31": "female names"}`."""
    return {target: label.text for target, label in labels().items() if not target.startswith(_BEHAVIOUR)}


def behaviour_target(behaviour: int) -> str:
    """The name under which statements about a behaviour are kept."""
    return f"{_BEHAVIOUR}{behaviour}"


def behaviour_labels() -> dict[int, str]:
    """People's labels by behaviour."""
    return {
        int(target.removeprefix(_BEHAVIOUR)): label.text
        for target, label in labels().items()
        if target.startswith(_BEHAVIOUR) and target.removeprefix(_BEHAVIOUR).isdecimal()
    }


def named(rows: Iterable[BehaviourRow], given: Mapping[str, Label]) -> tuple[BehaviourRow, ...]:
    """Behaviours with people's labels in place of the store's."""
    out = []
    for row in rows:
        label = given.get(behaviour_target(row.id))
        source = f"label by {label.annotator}" if label else None
        out.append(dataclasses.replace(row, label=label.text, label_source=source) if label else row)
    return tuple(out)

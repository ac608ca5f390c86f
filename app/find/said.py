"""What people and programs say of the world, as finding looks through it; who judged what."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from app import names, world
from explorer_engine.finding.values import Remark, Said
from explorer_engine.store.lost import BEHAVIOUR, subject
from explorer_engine.store.opinions import IMPORTED, VOTES

__all__ = ["Judged", "judges", "said"]


@dataclass(frozen=True)
class Judged:
    """What somebody has judged: features, and behaviours by a judgement of a feature for their circuit."""

    features: set[str] = field(default_factory=set)
    behaviours: set[int] = field(default_factory=set)


def said(text: str) -> Said:
    """All labels and notes, and the explanations that hold a word of a search."""
    store = world.judgements()
    features, behaviours, _ = _statements(str(store.path), store.version, world.version())
    return Said(
        features=names.told_labels(),
        explanations=store.explanations.search(text),
        behaviours=names.behaviour_labels(),
        feature_notes=features,
        behaviour_notes=behaviours,
    )


def judges() -> dict[str, Judged]:
    """By name, in the order of the alphabet."""
    store = world.judgements()
    return _statements(str(store.path), store.version, world.version())[2]


_Statements = tuple[dict[str, tuple[Remark, ...]], dict[int, tuple[Remark, ...]], dict[str, Judged]]


@st.cache_resource(max_entries=16, show_spinner=False)
def _statements(path: str, version: int, of: world.Version) -> _Statements:
    """Notes by feature and by behaviour, and what each person has judged."""
    features: dict[str, tuple[Remark, ...]] = {}
    behaviours: dict[int, tuple[Remark, ...]] = {}
    judged: dict[str, Judged] = {}
    for event in world.judgements().current(""):
        behaviour = names.behaviour_here(subject(event))
        if event.kind == "note" and event.value:
            remark = Remark(event.annotator, event.value)
            if not event.target.startswith(BEHAVIOUR):
                features[event.target] = (*features.get(event.target, ()), remark)
            elif behaviour is not None:
                behaviours[behaviour] = (*behaviours.get(behaviour, ()), remark)
        elif event.value in VOTES and not event.annotator.startswith(IMPORTED):
            own = judged.setdefault(event.annotator, Judged())
            own.features.add(event.target)
            if behaviour is not None:
                own.behaviours.add(behaviour)
    return features, behaviours, dict(sorted(judged.items()))

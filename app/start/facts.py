"""What the Start page shows of a world: read once for a version of its store, for all sessions."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app import world
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.quality import QualityFigure
from explorer_engine.shift.values import ClassifierFeature, ShiftRun, StoredClassifier
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.values import (
    BehaviourContext,
    BehaviourRow,
    CircuitGraph,
    Missing,
    Provenance,
    WorldSummary,
)

__all__ = ["Facts", "facts"]


@dataclass(frozen=True)
class Facts:
    """Everything the page shows."""

    summary: WorldSummary
    dictionaries: tuple[DictionaryQuality, ...]
    made: tuple[Provenance, ...]
    quality: tuple[QualityFigure, ...]
    missing: tuple[Missing, ...]
    behaviour: BehaviourRow | None
    """The one whose contexts lead to the Behaviours page; None in a world without any."""
    contexts: tuple[BehaviourContext, ...]
    """Its first."""
    circuit: CircuitGraph | None
    classifiers: tuple[StoredClassifier, ...]
    runs: tuple[ShiftRun, ...]
    """Of the first classifier, as are the features."""
    features: tuple[ClassifierFeature, ...]
    worth_a_look: tuple[tuple[str, BehaviourRow], ...]
    """What each is the most of, and the behaviour."""
    mean_losses: tuple[tuple[int, float], ...]


def facts() -> Facts:
    """Those of the world that the session looks at."""
    return _read(world.store(), world.version())


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(_store: ArtefactStore, version: world.Version) -> Facts:
    clustering = next((clustering.id for clustering in _store.behaviours.clusterings()), None)
    behaviour, circuit = _store.behaviours.telling(clustering), _store.circuits.telling()
    classifiers = _store.classifiers.all()
    task = classifiers[0].task.name if classifiers else ""
    return Facts(
        summary=world.summary(world.asked()),
        dictionaries=_store.start.dictionaries(),
        made=_store.start.provenance(),
        quality=_store.start.quality(),
        missing=_store.start.missing(),
        behaviour=behaviour,
        contexts=_store.behaviours.contexts(behaviour.id, limit=18).rows if behaviour else (),
        circuit=_store.circuits.graph(circuit.id, named=False) if circuit else None,
        classifiers=classifiers,
        runs=_store.classifiers.runs(task) if classifiers else (),
        features=_store.classifiers.features(task) if classifiers else (),
        worth_a_look=_store.behaviours.worth_a_look(clustering),
        mean_losses=_store.behaviours.mean_losses(),
    )

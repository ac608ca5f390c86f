"""What things are called: by people, oneself first, by explanations, by patterns of their contexts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import streamlit as st

from app import annotator, world
from explorer_engine.sites import FeatureRef
from explorer_engine.store.lost import BEHAVIOUR, behaviour_named, lost
from explorer_engine.store.opinions import Event, Label
from explorer_engine.store.values import BehaviourRow, CircuitSummary

__all__ = [
    "PATTERN",
    "behaviour_here",
    "behaviour_labels",
    "behaviour_target",
    "explained",
    "feature_labels",
    "found_labels",
    "label_of",
    "labels",
    "lost_statements",
    "named",
    "said",
    "scope_of",
    "shown",
    "told_labels",
]


PATTERN = "its pattern"
"""Whose label the name of a feature is that nobody gave: a pattern over the tokens of its contexts."""


def said() -> tuple[str, int, int, str | None]:
    """Changes with every statement and explanation, and with who looks: what shows names is kept by it."""
    store = world.judgements()
    return str(store.path), store.version, store.explanations.n, annotator.name()


def labels() -> dict[str, Label]:
    """The label of each target that has one; where several people named it, one's own, else the newest."""
    store = world.judgements()
    return _labels(str(store.path), store.version, annotator.name())


@st.cache_resource(max_entries=16, show_spinner=False)
def _labels(path: str, version: int, me: str | None) -> dict[str, Label]:
    """Read anew when somebody said something: a page asks several times a run."""
    store = world.judgements()
    return store.labels() | (store.labels(me) if me else {})


def label_of(ref: FeatureRef) -> Label | None:
    """What a feature is called, and by whom: people or annotations, the newest explanation, its pattern."""
    if said := labels().get(str(ref)):
        return said
    if explained := world.judgements().explanations.of(str(ref)):
        return Label(explained[0].text, explained[0].source)
    pattern = world.store().features.patterns([ref]).get(str(ref))
    return Label(pattern, PATTERN) if pattern else None


def feature_labels(refs: Iterable[FeatureRef], file: Mapping[str, str] | None = None) -> dict[str, str]:
    """What these features are called: `{"resid_2/31": "female names"}`; those without a name are left out.

    By people, else by the newest explanation, by the labels of a `file`, by their patterns. This is the one
    place that decides; what is left out goes by its top tokens.
    """
    refs, given = list(refs), labels()
    wanted = {str(ref) for ref in refs}
    found = {target: given[target].text for target in wanted & given.keys()}
    found = world.judgements().explanations.texts(wanted - found.keys()) | found
    found = {target: text for target, text in (file or {}).items() if target in wanted} | found
    return world.store().features.patterns([r for r in refs if str(r) not in found]) | found


def told_labels() -> dict[str, str]:
    """All labels of features by people and annotations: explanations, which may be of all, are none."""
    return {target: label.text for target, label in labels().items() if not target.startswith(BEHAVIOUR)}


def explained() -> frozenset[str]:
    """The features that a program has explained, labelled or not."""
    store = world.judgements()
    return _explained(str(store.path), store.explanations.n)


@st.cache_resource(max_entries=4, show_spinner=False)
def _explained(path: str, n: int) -> frozenset[str]:
    return world.judgements().explanations.targets()


def found_labels(text: str) -> dict[str, str]:
    """What a search for features looks through: all labels, and the explanations that hold a word of it."""
    store = world.judgements()
    return _found(str(store.path), store.explanations.n, text) | told_labels()


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(path: str, n: int, text: str) -> dict[str, str]:
    return world.judgements().explanations.search(text)


def behaviour_target(behaviour: int) -> str:
    """The name under which statements about a behaviour, and judgements for its circuit, are kept.

    Its contexts are part of it: other worlds of the same dictionaries give the same number to other clusters.
    What was said before that was so stays under the bare number.
    """
    bare = f"{BEHAVIOUR}{behaviour}"
    store = world.judgements()
    told = _subjects(str(store.path), store.version)
    return bare if bare in told else f"{bare}@{_fingerprint(world.version(), behaviour)}"


def scope_of(circuit: CircuitSummary) -> str:
    """What judgements of features for a circuit are kept under."""
    return circuit.id if circuit.behaviour is None else behaviour_target(circuit.behaviour)


def shown(target: str) -> str:
    """A target as people read it: without the part that tells worlds apart."""
    return target.split("@")[0]


def behaviour_labels() -> dict[int, str]:
    """People's labels by behaviour."""
    return {behaviour: label.text for behaviour, label in _of_behaviours().items()}


def named(rows: Iterable[BehaviourRow]) -> tuple[BehaviourRow, ...]:
    """Behaviours with people's labels in place of the store's."""
    given, out = _of_behaviours(), []
    for row in rows:
        label = given.get(row.id)
        source = f"label by {label.annotator}" if label else None
        out.append(dataclasses.replace(row, label=label.text, label_source=source) if label else row)
    return tuple(out)


def _of_behaviours() -> dict[int, Label]:
    """Labels by behaviour: those of this world's clusters, and those told before clusters were told apart."""
    found = ((behaviour_here(target), label) for target, label in labels().items())
    return {number: label for number, label in found if number is not None}


def behaviour_here(target: str) -> int | None:
    """The behaviour of this world that a target or a scope names; None for anything else."""
    number, told = behaviour_named(target) or (None, "")
    here = number is not None and told in ("", _fingerprint(world.version(), number))
    return number if here else None


def lost_statements() -> tuple[Event, ...]:
    """What people said of behaviours that this world does not have, oldest first."""
    store = world.judgements()
    return _lost(str(store.path), store.version, world.version())


@st.cache_resource(max_entries=16, show_spinner=False)
def _lost(path: str, version: int, of: world.Version) -> tuple[Event, ...]:
    return lost(world.judgements(), lambda behaviour: _fingerprint(of, behaviour))


@st.cache_resource(max_entries=16, show_spinner=False)
def _subjects(path: str, version: int) -> frozenset[str]:
    return world.judgements().subjects()


@st.cache_resource(max_entries=4096, show_spinner=False)
def _fingerprint(version: world.Version, behaviour: int) -> str:
    return world.store().behaviours.fingerprint(behaviour)

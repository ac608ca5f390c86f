"""What the Features page shows of a world, made once for everybody: lists, and the parts of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from app import names, world
from app.features import parts
from app.features.controls import query_of
from app.features.view import FeaturesView
from app.shared.html import Html
from app.shared.paging import page_at
from explorer_engine.dashboards.values import FeatureNeighbour
from explorer_engine.drawing import feature_parts
from explorer_engine.drawing.tokens import is_separator
from explorer_engine.sites import FeatureRef
from explorer_engine.store.values import CircuitMembership, FeatureCard, FeatureRow, ListPlace, Page

__all__ = ["Evidence", "Listed", "evidence", "listed", "place"]

PER_PAGE = 100


@dataclass(frozen=True)
class Listed:
    """A page of the list."""

    found: Page[FeatureRow]
    rows: Html
    """Without the selected one marked."""
    first: FeatureRef | None
    """The feature to open with: the first that fires on words, not between documents."""


@dataclass(frozen=True)
class Evidence:
    """A feature as the store has it, and the parts that say what it is, as HTML."""

    card: FeatureCard
    figures: Html
    contexts: Html
    groups: Html
    """Empty where it is in no classifier's circuit."""
    circuits: Sequence[CircuitMembership]
    near: Sequence[FeatureNeighbour]


def listed(view: FeaturesView) -> Listed:
    """The page of the list that the address asks for. InputError: it filters by what there is not."""
    return _listed(world.version(), names.said(), replace(view, feature=None))


@st.cache_resource(max_entries=64, show_spinner=False)
def _listed(version: world.Version, said: tuple[object, ...], view: FeaturesView) -> Listed:
    found = page_at(view.page, PER_PAGE, partial(world.store().features.page, query_of(view)))
    called = names.feature_labels(row.ref for row in found.rows)
    telling = (row.ref for row in found.rows if row.tokens and not is_separator(row.tokens[0]))
    first = next(telling, found.rows[0].ref if found.rows else None)
    return Listed(found, parts.rows(found, called), first)


def place(view: FeaturesView, ref: FeatureRef) -> ListPlace[FeatureRef] | None:
    """What stands before and after a feature in the list that the address asks for."""
    return _place(world.version(), names.said(), replace(view, feature=None, page=1), str(ref))


@st.cache_resource(max_entries=512, show_spinner=False)
def _place(
    version: world.Version, said: tuple[object, ...], view: FeaturesView, ref: str
) -> ListPlace[FeatureRef] | None:
    return world.store().features.place(query_of(view), FeatureRef.parse(ref))


def evidence(ref: FeatureRef) -> Evidence:
    """What is stored of a feature. InputError: this world has none of that name."""
    return _evidence(world.version(), str(ref))


@st.cache_resource(max_entries=512, show_spinner=False)
def _evidence(version: world.Version, name: str) -> Evidence:
    store, ref = world.store(), FeatureRef.parse(name)
    card = store.features.card(ref)
    tasks = {classifier.task.name: classifier.task for classifier in store.classifiers.all()}
    return Evidence(
        card,
        figures=feature_parts.figures(card),
        contexts=feature_parts.contexts(store.features.contexts(ref), card.maximum),
        groups=parts.groups(store.features.groups(ref), tasks),
        circuits=store.features.circuits(ref, limit=8),
        near=store.features.neighbours(ref, limit=6),
    )

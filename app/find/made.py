"""What the Find page shows of a world, made once for everybody: its index, and the rows of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app import names, world
from app.circuits import circuits
from app.find import known
from app.find.said import judges, said
from app.find.view import FindView
from explorer_engine.finding.finder import Search
from explorer_engine.finding.index import Index, index
from explorer_engine.finding.ranking import Ranked
from explorer_engine.finding.values import Filters, Said
from explorer_engine.finding.why import Known
from explorer_engine.finding.words import asked, grade_in, low
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opened_circuits import OpenedCircuit
from explorer_engine.store.values import BehaviourRow, CircuitSummary, FeatureRow

__all__ = ["KINDS", "Found", "Hit", "found"]

KINDS = ("behaviours", "features", "circuits")
FEW = {"behaviours": 9, "features": 9, "circuits": 5}
"""Rows of each kind where all are shown."""
PER_PAGE = 50


@dataclass(frozen=True)
class Hit:
    """A row that was found, and what is known of it that the words are looked for in."""

    row: BehaviourRow | FeatureRow | CircuitSummary | OpenedCircuit
    name: str
    """Empty: it has none, and is called by its tokens."""
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Found:
    """A search's answer."""

    words: tuple[str, ...]
    totals: Mapping[str, int]
    """By kind."""
    hits: Mapping[str, tuple[Hit, ...]]
    """By kind, the best kind first."""
    page: int
    """That the rows are of; the nearest to the one asked for."""
    unknown: Mapping[str, tuple[str, ...]]
    """Words that nothing holds, with those spelt most like them; empty where something was found."""
    searched: Mapping[str, int]
    """How many of each kind, and contexts, were looked through."""


def found(view: FindView) -> Found:
    """What the address asks for."""
    return _found(world.version(), (*names.said(), _opened()), view)


def _opened() -> tuple[str, ...]:
    return tuple(line.id for line in circuits().opened.listed())


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(version: world.Version) -> Index:
    """Of a few worlds at a time: the largest takes a hundred megabytes."""
    return index(world.store().finding)


@st.cache_resource(max_entries=128, show_spinner=False)
def _found(version: world.Version, told: tuple[object, ...], view: FindView) -> Found:
    search = Search(_index(version), world.store().finding, view.q, said(view.q), _filters(view))
    ranked = {"behaviours": search.behaviours, "features": search.features, "circuits": search.circuits}
    opened = _opened_with(view)
    totals = {kind: len(ranked[kind]) for kind in KINDS}
    totals["circuits"] += len(opened)
    order = sorted(KINDS, key=lambda kind: ranked[kind].grade) if search.words else KINDS
    hits, page = {}, 1
    for kind in order if not view.kind else (view.kind,):
        limit = PER_PAGE if view.kind else FEW[kind]
        page = min(max(view.page, 1), max(1, -(-totals[kind] // PER_PAGE))) if view.kind else 1
        hits[kind] = _hits(kind, search, ranked[kind], opened, (page - 1) * limit, limit)
    none = not any(totals.values())
    return Found(search.words, totals, hits, page, search.unknown() if none else {}, _searched(search.index))


def _hits(
    kind: str, search: Search, ranked: Ranked, opened: tuple[Hit, ...], offset: int, limit: int
) -> tuple[Hit, ...]:
    if kind == "behaviours":
        return _behaviours(search, ranked.best(offset, limit))
    if kind == "features":
        return _features(search, ranked.best(offset, limit))
    first = opened[offset : offset + limit]
    rest = ranked.best(max(0, offset - len(opened)), limit - len(first))
    return first + _circuits(search, rest)


def _behaviours(search: Search, rows: list[int]) -> tuple[Hit, ...]:
    store, table = world.store(), search.index.behaviours
    ids = [int(table.id[row]) for row in rows]
    ranks = search.shown_contexts(rows)
    wanted = [(int(table.id[row]), rank) for row, rank in ranks.items()]
    passages = store.finding.passages(wanted, known.BEFORE)
    clusterings = {c.id: c.title for c in store.behaviours.clusterings()}
    inside = search.effects()
    shown = names.named(store.behaviours.rows(ids))
    notes = search.said.behaviour_notes
    return tuple(
        Hit(
            row,
            row.label or "",
            known.of_behaviour(row, clusterings, passages.get(row.id), notes.get(row.id, ()), inside),
        )
        for row in shown
    )


def _features(search: Search, numbers: list[int]) -> tuple[Hit, ...]:
    store = world.store()
    fires, promotes = (store.finding.tokens_of(numbers, column) for column in ("top_tokens", "promoted"))
    refs = [FeatureRef.parse("{}/{}".format(*store.finding.feature(number))) for number in numbers]
    rows, called = store.features.rows(refs), names.feature_labels(refs)
    patterns = store.features.patterns(refs)
    out = []
    for number, ref in zip(numbers, refs, strict=True):
        name = called.get(str(ref), "")
        told = known.of_feature(
            str(ref),
            name,
            patterns.get(str(ref)),
            fires.get(number, ()),
            promotes.get(number, ()),
            _told(search.said, str(ref)),
        )
        out.append(Hit(rows[ref], name, told))
    return tuple(out)


def _told(told: Said, ref: str) -> known.Told:
    label = names.labels().get(ref)
    return known.Told(label, told.explanations.get(ref), told.feature_notes.get(ref, ()))


def _circuits(search: Search, rows: list[int]) -> tuple[Hit, ...]:
    labels, inside = search.said.behaviours, search.effects()
    shown = world.store().circuits.some([search.index.circuits.id[row] for row in rows])
    return tuple(
        Hit(row, name, known.of_circuit(row.id, name, row.title, row.task, inside))
        for row in shown
        for name in [labels.get(-1 if row.behaviour is None else row.behaviour, row.title)]
    )


def _opened_with(view: FindView) -> tuple[Hit, ...]:
    """Circuits that were brought in and hold the words; none where something is asked that no file has."""
    words, filters = asked(view.q), _filters(view)
    if filters.of_behaviours or filters.labelled or filters.behaviours is not None:
        return ()
    return tuple(
        Hit(line, line.title, known.of_circuit(line.id, line.title, line.title, None, {}))
        for line in circuits().opened.listed()
        if all(grade_in([low(line.title), line.id], word) < 3 for word in words)
    )


def _filters(view: FindView) -> Filters:
    judged = judges().get(view.by) if view.by else None
    return Filters(
        figure=view.figure,
        low=view.low,
        high=view.high,
        answer=view.answer,
        has_circuit="circuit" in view.only,
        labelled="labelled" in view.only,
        features=(judged.features if judged else ()) if view.by else None,
        behaviours=(judged.behaviours if judged else ()) if view.by else None,
    )


def _searched(of: Index) -> dict[str, int]:
    return {
        "behaviours": len(of.behaviours.id),
        "contexts": len(of.contexts.owner),
        "features": len(of.uses),
        "circuits": len(of.circuits.id),
    }

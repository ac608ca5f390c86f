"""The list of worlds in the header: a card for each, a broken one with what is wrong; a click opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app import session, world
from app.address import WORLD
from app.shared.clickable import clickable
from app.shared.html import Html, joined
from app.shared.text import plain
from app.worlds import Listed
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.values import WorldSummary

__all__ = ["chooser"]

state = st.session_state


@dataclass(frozen=True)
class _Card:
    """What a world says of itself in a few lines."""

    summary: WorldSummary
    dictionaries: tuple[DictionaryQuality, ...]
    n_classifiers: int
    missing: tuple[str, ...]
    """Names of the parts that it lacks."""


def chooser(title: str, here: Listed | None, known: Sequence[Listed]) -> None:
    """A button with the world's title that opens the list; the page stays, in the other world."""
    with st.popover(plain(title), type="tertiary", key="worlds", on_change="rerun") as box:
        if box.open:
            cards = joined(_card(which, which == here) for which in known)
            clickable(
                Html('<div class="world-cards" role="listbox">{}</div>').format(cards), "world_list", _chosen
            )


def _chosen() -> None:
    if act := state.world_list.act:
        state.worlds = False
        session.enter(act["value"])
        st.query_params.from_dict({WORLD: act["value"]})


def _card(which: Listed, chosen: bool) -> Html:
    try:
        opened = world.opened(which)
        title, body = _told(_facts(opened.store, (str(which.path), *opened.store.version)))
    except InputError as error:
        title = Html('<span class="unlabelled">cannot be opened</span>')
        body = Html('<p class="world-trouble">{}</p>').format(error)
    return Html(
        '<div class="world-card" role="option" tabindex="0" aria-selected="{}" data-act="world" '
        'data-value="{}"><div class="world-card-head"><b>{}</b><span class="id">{}</span></div>{}</div>'
    ).format(str(chosen).lower(), which.key, title, which.name, body)


@st.cache_resource(max_entries=64, show_spinner=False)
def _facts(_store: ArtefactStore, version: world.Version) -> _Card:
    """Read once for a version of the store: the list may be long."""
    return _Card(
        _store.start.world(),
        _store.start.dictionaries(),
        len(_store.classifiers.all()),
        tuple(part.what for part in _store.start.missing()),
    )


def _told(card: _Card) -> tuple[Html, Html]:
    """Title, and what is said of model, dictionaries, data, what was made and what was left out."""
    found = card.summary
    rows = [
        ("Model", f"{found.model}, {found.n_layers} layers, width {found.width}"),
        ("Dictionaries", _dictionaries(found, card.dictionaries)),
        ("Data", f"{found.n_documents:,} documents, {found.n_tokens:,} tokens"),
        ("Made", _made(card)),
    ]
    if card.missing:
        rows.append(("Left out", ", ".join(part.lower() for part in card.missing)))
    lines = joined(Html("<dt>{}</dt><dd>{}</dd>").format(word, text) for word, text in rows)
    return Html("{}").format(found.title), Html('<dl class="world-facts">{}</dl>').format(lines)


def _dictionaries(found: WorldSummary, rows: Sequence[DictionaryQuality]) -> str:
    kinds = ", ".join(sorted({row.kind_written for row in rows}))
    told = [f"{found.n_dictionaries} {kinds}, {found.n_features:,} features"]
    for word, shares in (
        ("variance explained", [row.variance_explained for row in rows]),
        ("loss recovered", [row.ce_recovered for row in rows]),
    ):
        if known := [100 * share for share in shares if share is not None]:
            told.append(f"{word} {min(known):.0f}–{max(known):.0f} %")
    return "; ".join(told)


def _made(card: _Card) -> str:
    counts = (
        (card.summary.n_behaviours, "behaviour"),
        (card.summary.n_circuits, "circuit"),
        (card.n_classifiers, "classifier"),
    )
    made = [f"{n:,} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
    return ", ".join(made) or "nothing but the dictionaries"

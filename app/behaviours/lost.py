"""Statements about behaviours that this world does not have: a line that says so, and opens their list."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import names
from app.shared.html import Html, joined, still
from explorer_engine.store.lost import subject
from explorer_engine.store.opinions import Event

__all__ = ["lost_statements"]

_MOST = 200
_WHY = (
    "Their clusters were made anew with other contexts, or are another world’s of the same dictionaries. "
    "Nothing is lost: judgements check lists them all."
)


def lost_statements() -> None:
    """The line with its list; nothing where everything said is about behaviours that are here."""
    found = names.lost_statements()
    if not found:
        return
    what = "statement is about a behaviour" if len(found) == 1 else "statements are about behaviours"
    with st.popover(f"{len(found):,} {what} not in this world", type="tertiary", key="behaviours_lost"):
        still(_listed(found))


def _listed(found: Sequence[Event]) -> Html:
    """The newest of them: what was said, of what, by whom, when."""
    lines = [
        Html(
            '<div class="lost"><b title="{}">{}</b><span>{}</span><span>{}</span>'
            '<span class="number">{:%Y-%m-%d}</span></div>'
        ).format(event.value, event.value, _about(event), event.annotator, event.time)
        for event in reversed(found[-_MOST:])
    ]
    return Html('<div class="meta wrapped">{}</div>').format(_WHY) + joined(lines)


def _about(event: Event) -> str:
    of = "" if event.target == subject(event) else f" of {event.target}"
    return f"{event.kind}{of}, {subject(event)}"

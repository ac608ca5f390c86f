"""Who is judging: the name that somebody gave, which their browser remembers until they sign out."""

from __future__ import annotations

from urllib.parse import unquote

import streamlit as st
from streamlit.components import v2

from app.shared.scripts import scripts
from explorer_engine.errors import InputError
from explorer_engine.store.rules import person

__all__ = ["COOKIE", "LONGEST", "name", "remember", "sign_out", "take"]

COOKIE = "circuit-explorer-name"
"""In which the browser keeps the name: a new tab and a reload bring it along."""
LONGEST = 40
"""Characters of a name."""

_remember = v2.component("remember", js=scripts(__file__, "annotator.js"), isolate_styles=False)


def name() -> str | None:
    """The name under which judgements and labels are kept, None before somebody gave one."""
    state = st.session_state
    if "annotator" not in state:
        state["annotator"] = _person(unquote(st.context.cookies.get(COOKIE, "")))
    return state["annotator"]


def take(given: str) -> None:
    """From now on this is who judges; empty: nobody. Raises InputError for a name that nobody may take."""
    wanted, state = " ".join(given.split())[:LONGEST], st.session_state
    state["annotator"] = person(wanted) if wanted else None
    state["annotator_told"] = state.get("annotator_told", 0) + 1


def sign_out() -> None:
    """Nobody judges any more, here and after a reload; what was said stays."""
    take("")


def remember() -> None:
    """Have the browser keep what was said in this session; nothing, where nothing was."""
    if told := st.session_state.get("annotator_told"):
        _remember(key="remember", height=1, data={"cookie": COOKIE, "name": name() or "", "told": told})


def _person(given: str) -> str | None:
    """A name that a browser kept; None where it is none: anybody may write a cookie."""
    try:
        return person(given[:LONGEST])
    except InputError:
        return None

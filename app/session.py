"""What one browser session remembers: the world that it looks at, and what it did in each."""

from __future__ import annotations

from typing import Any

import streamlit as st

__all__ = ["enter", "here", "world"]

_UNFINISHED = ("then", "notice", "circuit_find")
"""Of the world that is left: a judgement that waits for a name, a message, a search in a circuit."""


def world() -> str | None:
    """The key of the world that the session looks at; None before its first page."""
    return st.session_state.get("world")


def enter(key: str) -> None:
    """Look at this world from now on; ids of another one's features and circuits stay with that."""
    if key != world():
        st.session_state.world = key
        for name in _UNFINISHED:
            st.session_state.pop(name, None)


def here() -> dict[str, Any]:
    """What is remembered of the world that the session looks at, to be read and changed."""
    return st.session_state.setdefault(f"in:{world()}", {})

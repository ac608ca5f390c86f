"""HTML that answers: rows, chips, links and tiny buttons that would cost a widget each.

Python sends escaped HTML; an element with `data-act="name" data-value="…"` reports {"act", "value"} once a
click, a `choice` its new value. Rows with role=option get arrow keys, Home/End and Enter; scroll position and
focus survive new HTML.
Two acts are handled here: `copy` puts data-value on the clipboard, `go` opens the view at data-value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.components import v2

from app.pages import go
from app.shared.html import Html, joined
from app.shared.scripts import scripts

__all__ = ["choice", "choose", "clickable", "once", "selected"]

state = st.session_state

_surface = v2.component(
    "surface", html='<div class="surface"></div>', js=scripts(__file__, "clickable.js"), isolate_styles=False
)


def clickable(html: Html, key: str, on_act: Callable[[], None] | None = None) -> Any:
    """Mount `html`; the result's `.act` is {"act", "value"} in the one run after a click.

    In `on_act` read it as `st.session_state[key].act`. A click on a link (`text.link`) opens its view
    and ends the run. TypeError for a plain str: whatever is in it may not have been escaped.
    """
    if not isinstance(html, Html):
        raise TypeError("clickable takes Html: make it with Html(...).format(...), which escapes")
    result = _surface(key=key, data={"html": html}, on_act_change=lambda: once(key, on_act))
    act = result.act
    if act and act["act"] == "go":
        go(act["value"])
    return result


def selected(rows: Html, value: object) -> Html:
    """The same rows, that of this value selected: a list is made once, for whatever is selected in it."""
    row = Html('aria-selected="{}" data-act="pick" data-value="{}"')
    return rows.replace(row.format("false", value), row.format("true", value), 1)


def choose(
    label: str, options: Mapping[str, str], value: str, key: str, on_choice: Callable[[str], None]
) -> None:
    """Mount a `choice` alone; `on_choice` gets the option chosen, and nothing that is none of them."""

    def answered() -> None:
        act = state[key].act
        if act and act["value"] in options:
            on_choice(act["value"])

    clickable(choice("choose", label, options, value), key, answered)


def choice(act: str, label: str, options: Mapping[str, str], value: str) -> Html:
    """A list to choose from, the browser's own: Streamlit's is slow to be there on a first paint.

    `options`: value → what is shown. `label` is read aloud. With one option it only says which.
    """
    listed = joined(
        Html('<option value="{}"{}>{}</option>').format(
            option, Html(" selected") if option == value else "", title
        )
        for option, title in options.items()
    )
    off = Html(" disabled") if len(options) == 1 else ""
    form = Html('<select class="choice" data-act="{}" data-value="{}" aria-label="{}"{}>{}</select>')
    return form.format(act, act, label, off, listed)


def once(key: str, on_act: Callable[[], None] | None) -> None:
    """Call `on_act` for a click that was not answered yet.

    A click can arrive twice: the browser sends it, and a fragment's timer that goes off before it is
    forgotten sends it along. What a click turns on would be turned off again.
    """
    act, answered = state[key].act, f"{key}-answered"
    if not act or act["at"] == state.get(answered):
        return
    state[answered] = act["at"]
    if on_act is not None:
        on_act()

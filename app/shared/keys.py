"""The keys that a page answers to: a list that `?` opens, and a button in the header."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.components import v2

from app.shared.html import Html, joined
from app.shared.scripts import scripts

__all__ = ["EVERYWHERE", "key_list"]

EVERYWHERE = {
    "/": "find anything",
    "Tab, Enter": "go through the page, choose",
    "Esc": "close what is open",
    "?": "this list",
}
"""Key → what it does on every page."""

_keys = v2.component(
    "keys", html='<div class="keys"></div>', js=scripts(__file__, "keys.js"), isolate_styles=False
)


def key_list(title: str, keys: Mapping[str, str]) -> None:
    """Mount the list of a page: its title, and key → what it does there, several keys between commas."""
    rows = joined(
        Html("<dt>{}</dt><dd>{}</dd>").format(
            joined((Html("<kbd>{}</kbd>").format(key) for key in which.split(", ")), " "), what
        )
        for which, what in {**keys, **EVERYWHERE}.items()
    )
    html = Html(
        '<button type="button" class="keys-button" popovertarget="keys" title="Keys (?)" aria-label="Keys">?'
        '</button><div id="keys" popover><h2>Keys on {}</h2><dl>{}</dl></div>'
    ).format(title, rows)
    _keys(key="keys", height=26, width="content", data={"html": html})

"""The box that `/` opens on every page: what is typed into it is looked for on the Find page."""

from __future__ import annotations

from streamlit.components import v2

from app.find.view import FindView
from app.pages import go
from app.shared.html import Html
from app.shared.scripts import scripts

__all__ = ["find_box"]

_HTML = Html(
    '<div id="find" popover role="search"><form><input name="q" type="search" maxlength="200" '
    'autocomplete="off" spellcheck="false" aria-label="Find" '
    'placeholder="Find a behaviour, a feature, a circuit, words of a context …"></form>'
    "<p><kbd>Enter</kbd> find <kbd>Esc</kbd> close</p></div>"
)
_box = v2.component(
    "find-box", html='<div class="find-box"></div>', js=scripts(__file__, "find_box.js"), isolate_styles=False
)


def find_box() -> None:
    """Mount it; ends the run when something is asked."""
    asked = _box(
        key="find-box", height=1, data={"html": _HTML, "field": "find_q"}, on_asked_change=lambda: None
    ).asked
    if isinstance(asked, dict) and isinstance(asked.get("text"), str):
        go(FindView(" ".join(asked["text"].split())[:200]))

"""What every page carries: the styles, the world's name in the header, and who is judging."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

import streamlit as st

from app import annotator, world, worlds
from app.pages import APP, PAGES, Page
from app.shared import chooser
from app.shared.find_box import find_box
from app.shared.html import Html, esc, still
from app.shared.keys import key_list
from app.shared.text import plain
from explorer_engine.drawing import style
from explorer_engine.errors import InputError

__all__ = ["ask_name", "asking", "bar", "forget", "name_first", "styles"]

_SHARED = [APP / "shared" / f"{name}.css" for name in ("base", "pieces", "widgets")]
_COLOURED = ".stApp, .stApp *, [data-testid=stPopoverBody], [data-testid=stPopoverBody] *"
"""What has the colours: the page, and what opens over it."""


@cache
def _css() -> str:
    sheets = [*_SHARED, *(page.style for page in PAGES)]
    own = (file.read_text("utf-8") for file in sheets)
    return "<style>" + "\n".join((style.sheet(_COLOURED), *own)) + "</style>"


def styles() -> None:
    """The app's style sheets: what pages share, then one a page; sent once a browser session."""
    st.html(_css())


def _take_name(key: str) -> None:
    try:
        annotator.take(st.session_state[key])
    except InputError as error:
        st.session_state.name_refused = str(error)
        return
    then = st.session_state.pop("then", None)
    if annotator.name() and then is not None:
        then()


def name_first(then: Callable[[], None]) -> None:
    """Keep what was asked for without a name; it is done as soon as one is given."""
    st.session_state.then = then


def asking() -> bool:
    """Whether something waits for a name."""
    return annotator.name() is None and st.session_state.get("then") is not None


def forget() -> None:
    """Drop what waits for a name: the page went on to something else."""
    st.session_state.pop("then", None)


def ask_name(key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """A field for one's name, for places where judging starts without one; why the last one was refused."""
    st.text_input(
        "Your name", key=key, placeholder="Your name, to judge and label", label_visibility="collapsed",
        on_change=_take_name, args=(key,), max_chars=annotator.LONGEST, width=width,
    )  # fmt: skip
    if refused := st.session_state.pop("name_refused", None):
        st.toast(plain(refused))


def _world() -> None:
    """The session's world in one line; its title opens the list of worlds where there are several."""
    known = worlds.listed()
    several, dot = len(known) > 1, Html("<i>·</i>")
    which = summary = None
    try:
        which = world.asked()
        summary = world.summary(which)
    except InputError:
        title = "no world open"
    else:
        title = summary.title
    if several:
        chooser.chooser(title, which, known)
    first = which.name if several and which else f"{summary.n_layers} layers" if summary else ""
    named = Html("") if several else Html("<b>{}</b>").format(title)
    size = Html("")
    if summary is not None:
        of = [esc(first), esc(f"{summary.n_dictionaries} dictionaries, {summary.n_features:,} features")]
        size = Html("<span>{}{}</span>").format(Html("") if several else dot, dot.join(of))
    still(Html('<span class="world">{}{}</span>').format(named, size), width="content")


def bar(page: Page) -> None:
    """The header's right end: the world in one line, the keys of the page, and the annotator's name."""
    with st.container(key="world", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        _world()
        key_list(page.title, page.keys)
        name = annotator.name()
        with st.popover(plain(f"You: {name}") if name else "Your name", type="tertiary"):
            still(
                Html(
                    '<div class="meta wrapped">Judgements and labels are kept under this name, which this '
                    "browser remembers. {}</div>"
                ).format("You are " + esc(name) + "." if name else "Nobody is judging yet.")
            )
            if told := world.judging_state():
                still(Html('<div class="meta wrapped">{}</div>').format(told))
            ask_name("annotator_header")
            if name:
                st.button("Sign out", on_click=annotator.sign_out, type="tertiary", key="sign_out")
    annotator.remember()
    find_box()

"""Naming a feature or a behaviour: a field for a named person's label, and undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import streamlit as st

from app import annotator, names, session, world
from app.discreet import discreet
from app.operations import metrics
from app.shared import header
from app.shared.html import Html, still
from app.shared.text import plain
from explorer_engine.errors import InputError
from explorer_engine.store.opinions import Event
from explorer_engine.store.rules import LONGEST_TEXT

__all__ = [
    "closed",
    "editing",
    "kept",
    "label_editor",
    "label_field",
    "show_told",
    "start",
    "undo",
    "undo_button",
]

state = st.session_state


def editing(target: str) -> bool:
    """Whether this target's label is being written."""
    return session.here().get("labelling") == target


def start(target: str) -> None:
    """Open the field for a label, or close it; without a name, one is asked for first."""
    if annotator.name() is None:
        header.name_first(partial(start, target))
    else:
        _toggle(target)


def _toggle(target: str) -> None:
    session.here()["labelling"] = None if editing(target) else target


def _tell(text: str) -> None:
    """Keep a short message until the page is drawn.

    Shown from a callback of a fragment it would take the place of the app's style sheets, which are the first
    that a whole run sends.
    """
    state.notice = text


def show_told() -> None:
    """Show the short message that was kept, once."""
    if text := state.pop("notice", None):
        st.toast(plain(text))


def _save(target: str, key: str) -> None:
    me, text = annotator.name(), state[key].strip()
    own = world.judgements().labels(me).get(target) if me else None
    if me and text != (own.text if own else ""):
        if not kept(lambda: world.judgements().label(me, target, text)):
            return  # what was typed stays in the field
        told = names.shown(target)
        _tell(f"Saved: {told} is called “{text}”" if text else f"Your label of {told} is taken back")
    session.here()["labelling"] = None


def label_field(target: str, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """The field in which a label is written; Enter keeps it, an empty one takes it back."""
    known = names.labels().get(target)
    st.text_input(
        "Label", value=known.text if known else "", key=key, max_chars=LONGEST_TEXT, width=width,
        placeholder="What is it? Enter keeps it", label_visibility="collapsed", on_change=_save,
        args=(target, key),
    )  # fmt: skip


def kept(say: Callable[[], object]) -> bool:
    """Whether something was said; a short message says why not."""
    try:
        say()
    except InputError as error:
        metrics.judgement(written=False)
        _tell(discreet(str(error)))
        return False
    metrics.judgement(written=True)
    return True


def closed() -> bool:
    """Whether nothing can be said; a line says why, where the buttons would be."""
    why = world.judgements().closed
    if why:
        why = discreet(why)
        still(Html('<div class="meta judging-off" title="{}">Judging is off: {}</div>').format(why, why))
    return why is not None


def undo() -> Event | None:
    """Take back the annotator's newest statement, which is told; None where there is none."""
    me, undone = annotator.name(), None
    if me:
        try:
            undone = world.judgements().undo(me)
        except InputError as error:
            _tell(discreet(str(error)))
            return None
    if undone is None:
        _tell("Nothing of yours to undo")
    else:
        _tell(f"Undone: your {undone.kind} of {names.shown(undone.target)}")
    return undone


def _undo() -> None:
    undo()


def undo_button(key: str) -> None:
    """Undo Z: takes back the annotator's newest statement."""
    show_told()
    if world.judgements().closed:
        return
    st.button(
        "Undo", shortcut="z", type="tertiary", key=key, on_click=_undo, disabled=annotator.name() is None
    )


def label_editor(target: str) -> None:
    """“Label” (L) and “Undo” (Z) for a feature ("resid_2/31") or a behaviour; asks for a name first."""
    show_told()
    me, opened = annotator.name(), editing(target)
    if closed() and not opened:
        return
    if opened and me is None:
        header.ask_name("annotator_label", width=240)
    elif opened:
        label_field(target, f"label_text_{target}", width=240)
    word = "Close" if opened else "Label"
    st.button(word, shortcut="l", key="edit_label", on_click=_toggle, args=(target,), type="tertiary")
    if me:
        undo_button("undo_label")

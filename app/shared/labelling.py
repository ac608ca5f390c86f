"""Naming a feature or a behaviour: a field for a named person's label, and undo."""

from __future__ import annotations

import streamlit as st

from app import names, world
from app.shared import header
from explorer_engine.errors import InputError

__all__ = ["label_editor"]

ss = st.session_state


def _save(target: str, key: str) -> None:
    me, text = header.annotator(), ss[key].strip()
    own = world.judgements().labels(me).get(target) if me else None
    if me and text != (own.text if own else ""):
        try:
            world.judgements().label(me, target, text)
        except InputError as error:
            st.toast(str(error))
            return
        st.toast(f"Saved: {target} is called “{text}”" if text else f"Your label of {target} is taken back")
    ss.naming = None


def _undo() -> None:
    me = header.annotator()
    undone = world.judgements().undo(me) if me else None
    st.toast(f"Undone: your {undone.kind} of {undone.target}" if undone else "Nothing of yours to undo")


def _toggle(target: str) -> None:
    ss.naming = None if ss.get("naming") == target else target


def label_editor(target: str) -> None:
    """“Label” (L) and “Undo” (Z) for a feature ("resid_2/31") or a behaviour; asks for a name first."""
    me, editing = header.annotator(), ss.get("naming") == target
    if editing and me is None:
        header.ask_name("annotator_label", width=240)
    elif editing:
        known, key = names.labels().get(target), f"label_text_{target}"
        st.text_input(
            "Label", value=known.text if known else "", key=key, max_chars=120, width=240,
            placeholder="What is this?", label_visibility="collapsed", on_change=_save, args=(target, key),
        )  # fmt: skip
    word = "Close" if editing else "Label"
    st.button(word, shortcut="l", key="edit_label", on_click=_toggle, args=(target,), type="tertiary")
    if me:
        st.button("Undo", shortcut="z", key="undo_label", on_click=_undo, type="tertiary")

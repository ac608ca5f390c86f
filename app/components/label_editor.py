"""Naming a feature: a field for a named person's label, and undo."""

from __future__ import annotations

import streamlit as st

from app import names, world
from app.components import header
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef

__all__ = ["label_editor"]

ss = st.session_state


def _save(ref: FeatureRef) -> None:
    me = header.annotator()
    text = ss.get(f"label_text_{ref}", "")
    own = world.judgements().labels(me).get(str(ref)) if me else None
    if me and text.strip() != (own.text if own else ""):
        try:
            world.judgements().label(me, str(ref), text)
        except InputError as error:
            st.toast(str(error))
            return
        st.toast(
            f"Saved: {ref} is called “{text.strip()}”"
            if text.strip()
            else f"Your label of {ref} is taken back"
        )
    ss.naming = None


def _undo() -> None:
    me = header.annotator()
    undone = world.judgements().undo(me) if me else None
    st.toast(f"Undone: your {undone.kind} of {undone.target}" if undone else "Nothing of yours to undo")


def _toggle(ref: FeatureRef) -> None:
    ss.naming = None if ss.get("naming") == str(ref) else str(ref)


def label_editor(ref: FeatureRef) -> None:
    """“Edit label” (L) and “Undo” (Z); without a name it asks for one first."""
    me = header.annotator()
    if ss.get("naming") == str(ref):
        if me is None:
            header.ask_name("annotator_label")
        else:
            own = names.label_of(ref)
            st.text_input(
                "Label", value=own.text if own else "", key=f"label_text_{ref}", max_chars=120, width=260,
                placeholder="What is this feature?", label_visibility="collapsed",
                on_change=_save, args=(ref,),
            )  # fmt: skip
    editing = ss.get("naming") == str(ref)
    st.button(
        "Close" if editing else "Label",
        shortcut="l",
        key="edit_label",
        on_click=_toggle,
        args=(ref,),
        type="tertiary",
    )
    if me:
        st.button("Undo", shortcut="z", key="undo_label", on_click=_undo, type="tertiary")

"""The judgement bar: what a feature is for this circuit, said by a named person, kept before it is shown."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import world
from app.components import header
from app.components.text import esc, head
from explorer_engine.errors import InputError
from explorer_engine.store.opinions import Judgement, Votes

__all__ = ["MARK", "bar", "judge", "labels", "marks", "mine", "undo", "votes"]

MARK: dict[str, str] = {"spurious": "s", "relevant": "r", "unsure": "u", "skip": "k"}
"""Judgement → the class of its mark: solid, ring, dotted, dashed."""

_CHOICES: tuple[tuple[str, Judgement, str, str], ...] = (
    ("Spurious", "spurious", "s", "It stands for what the circuit should not use"),
    ("Relevant", "relevant", "d", "It stands for what the circuit is about"),
    ("Unsure", "unsure", "f", "It could be either"),
)

_focus = st.components.v2.component(
    "focus",
    js="""
export default ({data}) => {
  const find = () => document.querySelector(`.st-key-${data.key} input`);
  for (const wait of [30, 120, 300]) setTimeout(() => { const e = find(); if (e && document.activeElement !== e) e.focus(); }, wait);
  return () => {};
}
""",
    isolate_styles=False,
)


def mine(scope: str) -> dict[str, str]:
    """The annotator's own judgements of one circuit: feature → judgement; empty without a name."""
    name = header.annotator()
    return dict(world.judgements().mine(name, scope)) if name else {}


def labels() -> dict[str, str]:
    """What people call features: the newest label of each."""
    return {target: label.text for target, label in world.judgements().labels().items()}


def marks(found: Votes | None) -> str:
    """Everybody's votes as a row of marks: ● spurious, ○ relevant, ◌ unsure."""
    if found is None:
        return ""
    sides = (
        ("s", "spurious", found.spurious),
        ("r", "relevant", found.relevant),
        ("u", "unsure", found.unsure),
    )
    return "".join(
        f'<i class="v {c}" title="{esc(name)}: {word}"></i>' for c, word, names in sides for name in names
    )


def votes(found: Votes | None) -> str:
    """The votes with their frame, for a heading or a table cell."""
    return f'<span class="vs">{marks(found)}</span>'


def judge(target: str, judgement: Judgement, scope: str) -> None:
    """Write the annotator's judgement; the same one again takes it back. Without a name the page asks for one."""
    name = header.annotator()
    if name is None:
        st.session_state.asked_for_name = True
        return
    store = world.judgements()
    before = store.mine(name, scope).get(target)
    store.judge(name, target, None if before == judgement else judgement, scope)


def undo(scope: str | None = None) -> None:
    """Take back the annotator's newest statement."""
    if name := header.annotator():
        world.judgements().undo(name, scope)


def _start_label(target: str) -> None:
    if header.annotator() is None:
        st.session_state.asked_for_name = True
    else:
        st.session_state.labelling = target


def _save_label(target: str, key: str) -> None:
    name = header.annotator()
    st.session_state.labelling = None
    if name is None:
        return
    try:
        world.judgements().label(name, target, st.session_state[key])
    except InputError as error:
        st.session_state.judgement_error = str(error)


def _stop_label() -> None:
    st.session_state.labelling = None


def bar(target: str, scope: str, on_next: Callable[[], None], key: str = "judge") -> None:
    """Spurious S, Relevant D, Unsure F, Label L for one feature in one circuit; Undo Z, next unjudged N."""
    state = st.session_state
    name = header.annotator()
    own = mine(scope).get(target)
    with st.container(key=key, gap="xsmall"):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key=f"{key}-head"
        ):
            said = f"you: {own}" if own else "not judged by you" if name else ""
            st.html(head("Judgement", said, votes(world.judgements().votes(scope).get(target))))
            st.button(
                "Undo",
                shortcut="z",
                type="tertiary",
                key=f"{key}-undo",
                on_click=undo,
                args=(scope,),
                disabled=name is None,
            )
            st.button(
                "Next",
                shortcut="n",
                type="tertiary",
                key=f"{key}-next",
                on_click=on_next,
                help="Next feature you have not judged",
            )
        if error := state.pop("judgement_error", None):
            st.html(f'<div class="meta wrap no">{esc(error)}</div>')
        if name is None:
            header.ask_name(f"{key}-name")
            if state.pop("asked_for_name", False):
                _focus(key=f"{key}-focus-name", data={"key": f"{key}-name"}, height=1)
        elif state.get("labelling") == target:
            field = f"{key}-label"
            with st.container(horizontal=True, wrap=False, gap="xsmall"):
                st.text_input(
                    "Label",
                    value=labels().get(target, ""),
                    key=field,
                    label_visibility="collapsed",
                    placeholder="What is it? Enter keeps it",
                    max_chars=200,
                    on_change=_save_label,
                    args=(target, field),
                )
                st.button("Cancel", key=f"{key}-cancel", type="tertiary", on_click=_stop_label)
            _focus(key=f"{key}-focus-label", data={"key": field}, height=1)
        with st.container(horizontal=True, wrap=False, gap="xsmall", key=f"{key}-buttons"):
            for word, value, shortcut, why in _CHOICES:
                st.button(
                    word,
                    shortcut=shortcut,
                    key=f"{key}-{value}",
                    width="stretch",
                    type="primary" if own == value else "secondary",
                    on_click=judge,
                    args=(target, value, scope),
                    help=why,
                )
            st.button(
                "Label",
                shortcut="l",
                type="tertiary",
                key=f"{key}-start",
                on_click=_start_label,
                args=(target,),
            )
    if state.get("named", name) != name:  # the header stands outside this fragment and has to learn the name
        state.named = name
        st.rerun()
    state.named = name

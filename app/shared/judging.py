"""The judgement bar: what a feature is for a circuit, said by a named person, kept before it is shown."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.components import v2

from app import annotator, world
from app.shared import header, labelling
from app.shared.html import Html, joined, still
from app.shared.judgement_choices import CHOICES, MARK
from app.shared.scripts import scripts
from app.shared.text import head
from explorer_engine.store.opinions import VOTES, Judgement, Votes

__all__ = ["ask", "bar", "buttons", "judge", "learn_name", "marks", "mine", "votes"]

_focus = v2.component("focus", js=scripts(__file__, "focus.js"), isolate_styles=False)

state = st.session_state


def mine(scope: str) -> dict[str, str]:
    """The annotator's own judgements of one circuit: feature → judgement; empty without a name."""
    name = annotator.name()
    return dict(world.judgements().mine(name, scope)) if name else {}


def marks(found: Votes | None) -> Html:
    """Everybody's votes as a row of marks: ● spurious, ○ relevant, ◌ unsure."""
    if found is None:
        return Html("")
    return joined(
        Html('<i class="vote {}" title="{}: {}"></i>').format(MARK[kind], name, kind)
        for kind in VOTES
        for name in found.of(kind)
    )


def votes(found: Votes | None) -> Html:
    """The votes with their frame, for a heading or a table cell."""
    return Html('<span class="votes">{}</span>').format(marks(found))


def judge(target: str, judgement: Judgement, scope: str, then: Callable[[], None] | None = None) -> None:
    """Write the annotator's judgement, and then do what comes of it; the same one again takes it back.

    Without a name one is asked for, and the judgement is written when it is given.
    """
    name = annotator.name()
    if name is None:
        header.name_first(lambda: _judge_named(target, judgement, scope, then))
        return
    store = world.judgements()
    before = store.mine(name, scope).get(target)
    value = None if before == judgement else judgement
    if labelling.kept(lambda: store.judge(name, target, value, scope)) and then is not None:
        then()


def _judge_named(target: str, judgement: Judgement, scope: str, then: Callable[[], None] | None) -> None:
    """The judgement that waited for a name: where its owner said the same before, it stays."""
    if mine(scope).get(target) != judgement:
        judge(target, judgement, scope, then)


def learn_name() -> None:
    """Rerun the whole page once when a name was just given: the header is outside the pages' fragments."""
    name = annotator.name()
    if state.get("named", name) != name:
        state.named = name
        st.rerun()
    state.named = name


def ask(key: str) -> None:
    """The field for a name; it takes the focus when somebody tried to judge without one."""
    header.ask_name(f"{key}-name")
    if header.asking():
        _focus(key=f"{key}-focus-name", data={"key": f"{key}-name"}, height=1)


def buttons(
    target: str,
    scope: str,
    key: str = "judge",
    one_line: bool = False,
    then: Callable[[], None] | None = None,
) -> None:
    """Spurious S, Relevant D, Unsure F, Label L; with the field for a missing name, or for the label.

    `then` is done when a judgement was written.
    `one_line` shows one thing at a time, for places that have a single line.
    """
    own = mine(scope).get(target)
    if labelling.closed() and not labelling.editing(target):
        return
    if annotator.name() is None:
        ask(key)
        if one_line:
            return
    elif labelling.editing(target):
        field = f"{key}-label"
        labelling.label_field(target, field)
        _focus(key=f"{key}-focus-label", data={"key": field}, height=1)
        if one_line:
            return
    with st.container(horizontal=True, wrap=False, gap="xsmall", key=f"{key}-buttons"):
        for choice in CHOICES:
            st.button(
                choice.word, shortcut=choice.key, key=f"{key}-{choice.judgement}", width="stretch",
                on_click=judge, help=choice.hint, args=(target, choice.judgement, scope, then),
                type="primary" if own == choice.judgement else "secondary",
            )  # fmt: skip
        st.button(
            "Label", shortcut="l", type="tertiary", key=f"{key}-start", on_click=labelling.start,
            args=(target,),
        )  # fmt: skip


def bar(target: str, scope: str, on_next: Callable[[], None], key: str = "judge") -> None:
    """The buttons under a heading with everybody's votes; Undo Z, next unjudged N."""
    own = mine(scope).get(target)
    with st.container(key=key, gap="xsmall"):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key=f"{key}-head"
        ):
            said = f"you: {own}" if own else "not judged by you" if annotator.name() else ""
            still(head("Judgement", said, votes(world.judgements().votes(scope).get(target))))
            labelling.undo_button(f"{key}-undo")
            st.button(
                "Next", shortcut="n", type="tertiary", key=f"{key}-next", on_click=on_next,
                help="Next feature you have not judged",
            )  # fmt: skip
        buttons(target, scope, key)
    learn_name()

"""The judging desk: queue, card, form and buttons in one piece, so that every key meets its feature.

The browser holds the next few cards, so that one comes at once after a key. It says of each key which feature
was on screen, and sends it until it is told that it was dealt with.
"""

from __future__ import annotations

import json

import streamlit as st
from streamlit.components import v2

from app import annotator, session, world
from app.judge import presses
from app.judge.card import card
from app.judge.screen import Screen
from app.pages import go
from app.shared.html import Html, joined
from app.shared.judgement_choices import CHOICES
from app.shared.scripts import scripts
from explorer_engine.store.opinions import RATINGS, Opinion
from explorer_engine.store.rules import LONGEST_TEXT

__all__ = ["desk"]

_KEY = "judge_desk"
_AHEAD = 8
"""Cards that the browser holds beside the one on screen."""
_ENDS = {
    "interpretability": ("no idea", "one clear meaning"),
    "complexity": ("one token", "an abstract idea"),
}
_KEYS = {choice.key: choice.judgement for choice in CHOICES} | {"k": "skip", "z": "undo", "n": "unjudged"}
"""Key → what it does; J goes to the next feature and Shift+J back."""


def _button(act: str, word: str, key: str, hint: str, cls: str = "") -> Html:
    return Html(
        '<button type="button" class="judge-key {}" data-act="{}" title="{}">{} <kbd>{}</kbd></button>'
    ).format(cls, act, hint, word, key)


def _rating(name: str) -> Html:
    """A rating from 0 to 100, “not rated” until it is touched: where it starts would draw answers to it."""
    low, high = _ENDS[name]
    title = name.capitalize()
    return Html(
        '<div class="judge-rating unrated" data-rating="{}"><div><label for="judge-{}">{}</label>'
        '<output>not rated</output><button type="button" data-clear="{}" title="Not rated" '
        'aria-label="{}: not rated">✕</button></div>'
        '<div><span>{}</span><input type="range" id="judge-{}" min="0" max="100" value="50" '
        'aria-valuetext="not rated" title="{}: 0 {}, 100 {}"><span>{}</span></div></div>'
    ).format(name, name, title, name, title, low, name, title, low, high, high)


def _field(name: str, title: str, hint: str) -> Html:
    return Html(
        '<div class="judge-field"><label for="judge-{}">{}</label><input type="text" id="judge-{}" '
        'data-field="{}" maxlength="{}" placeholder="{}" autocomplete="off"></div>'
    ).format(name, title, name, name, LONGEST_TEXT, hint)


_SKELETON = Html(
    '<div class="judge-desk"><div class="judge-queue"><span class="judge-count"></span>'
    '<div class="judge-strip" role="group" aria-label="Queue"></div><span class="judge-pace"></span></div>'
    '<div class="judge-card" tabindex="-1"></div>'
    '<div class="judge-form">{}{}{}</div><div class="judge-keys">{}{}{}</div></div>'
).format(
    _field("label", "Label", "two to five words"),
    _field("note", "Notes", "optional"),
    joined(_rating(name) for name in RATINGS),
    joined(_button(choice.judgement, choice.word, choice.key.upper(), choice.hint) for choice in CHOICES),
    _button("skip", "Skip", "K", "Go on without a judgement", "tertiary"),
    _button("previous", "‹", "⇧J", "Feature before", "tertiary walk")
    + _button("next", "›", "J", "Feature after", "tertiary walk")
    + _button("undo", "Undo", "Z", "Take back what you said last", "tertiary walk"),
)

_component = v2.component(
    "judge_desk", html=str(_SKELETON), js=scripts(__file__, "desk.js"), isolate_styles=False
)


def desk(shown: Screen) -> None:
    """Mount the desk; what is pressed there is carried out before the next run."""
    me = annotator.name()
    own = world.judgements().own(me, shown.scope) if me else {}
    told = {
        "circuit": shown.scope,
        "done": session.here().get("judge_done", {}),
        "named": me is not None,
        "closed": world.judgements().closed is not None,
        "keys": _KEYS,
        "order": shown.order,
        "marks": shown.mine,
        "pace": _pace(shown, len(set(shown.order) - set(shown.mine))),
        "current": shown.current,
        "cards": [_card(shown, t, own.get(t)) for t in (shown.current, *shown.ahead[:_AHEAD])],
    }
    result = _component(
        key=_KEY,
        data={"desk": json.dumps(told)},  # as text: for a list Streamlit would import pandas
        on_said_change=lambda: presses.answer(shown, st.session_state[_KEY].said),
        on_go_change=lambda: None,
    )
    if result.go:
        go(result.go)


def _card(shown: Screen, target: str, own: Opinion | None) -> dict[str, object]:
    """A card with what one has said of its feature."""
    made, fields = card(shown, target), ("label", "note", *RATINGS)
    said = {name: getattr(own, name, None) for name in fields}
    return {"ref": target, "html": made.html, "seen": made.seen, "own": said}


def _pace(shown: Screen, left: int) -> str:
    """“21 s a feature, about 19 min left”."""
    seconds = shown.seconds()
    if seconds is None:
        return f"{left} to judge"
    rest = seconds * left
    about = (
        "less than a minute"
        if rest < 60
        else f"about {rest / 60:.0f} min"
        if rest < 5400
        else f"about {rest / 3600:.1f} h"
    )
    return f"{seconds:.0f} s a feature, {about} left" if left else f"{seconds:.0f} s a feature, all judged"

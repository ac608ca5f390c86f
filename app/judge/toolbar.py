"""The Judge page's bar: whose features, which part of the page, blind or not, in which order."""

from __future__ import annotations

import streamlit as st

from app import address, annotator
from app.judge.screen import Screen, titles
from app.judge.view import PARTS, JudgeView
from app.shared import header, judging
from app.shared.clickable import choose
from app.shared.html import Html, still
from app.shared.text import meta

__all__ = ["bar"]

state = st.session_state
View = JudgeView
_ORDERS = {"effect": "strongest first", "random": "random, for you", "circuit": "as the circuit lists them"}


def bar(shown: Screen) -> None:
    """One line above the page; every control writes the address."""
    with st.container(horizontal=True, vertical_alignment="center", key="judge_bar", wrap=False, gap="small"):
        with st.container(key="judge_title", gap=None):
            _circuits(shown)
            name = annotator.name()
            still(
                meta(
                    Html("<b>{}</b> features of {} circuit").format(
                        len(shown.order), "the probe’s" if shown.task else "the"
                    ),
                    Html("judging as <b>{}</b>").format(name) if name else "",
                )
            )
        st.space("stretch")
        if header.asking():
            judging.ask("judge")
        elif shown.view.part == "judge":
            with st.container(key="judge_order_box", width=190):
                choose("Order", _ORDERS, shown.view.order, "judge_order", _ordered)
        state.judge_blind = shown.view.blind
        st.toggle(
            "Blind", key="judge_blind", on_change=_set, args=("blind", "judge_blind"),
            help="Labels, effects, activation by group and what others say are hidden until you decide. What "
            "was visible is kept with each judgement.",
        )  # fmt: skip
        state.judge_part = shown.view.part
        st.segmented_control(
            "Part of the page", list(PARTS), key="judge_part", format_func=PARTS.__getitem__, required=True,
            label_visibility="collapsed", on_change=_set, args=("part", "judge_part"),
        )  # fmt: skip
    judging.learn_name()


def _set(field: str, key: str) -> None:
    address.update(View, **{field: state[key]})


def _ordered(order: str) -> None:
    address.update(View, order=order, feature=None)


def _circuits(shown: Screen) -> None:
    """The title; where there are several classifiers, a list of them."""
    known = {shown.view.circuit or "": shown.title} | titles()
    if len(known) == 1:
        still(Html('<div class="subtitle">{}</div>').format(shown.title))
        return
    choose("Circuit", known, shown.view.circuit or "", "judge_circuit", _chosen)


def _chosen(circuit: str) -> None:
    address.update(View, circuit=circuit, feature=None)

"""The box, the kinds and the filters of the Find page; the address owns their values."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.address import update
from app.find.said import judges
from app.find.view import FindView as View
from app.shared.clickable import choose
from app.shared.rankings import RANKINGS

__all__ = ["box", "filters", "kinds"]

ONLY = {"circuit": "Has circuit", "labelled": "Labelled"}
ANYBODY = ""
state = st.session_state


def again(**changes: object) -> None:
    """Something else is asked: its list starts at its first page."""
    update(View, page=1, **changes)


def box(view: View) -> None:
    """The one box."""
    state.find_q = view.q
    st.text_input(
        "Find", key="find_q", icon=":material/search:", label_visibility="collapsed", max_chars=200,
        placeholder="Name, answer, words of a context, token, promoted token, id, note",
        on_change=lambda: again(q=state.find_q.strip()),
    )  # fmt: skip


def kinds(view: View, totals: Mapping[str, int]) -> None:
    """All, or one kind of what was found, each with how many there are."""
    titles = {"": "All"} | {kind: f"{kind.capitalize()} {n:,}" for kind, n in totals.items()}
    state.find_kind = view.kind
    st.segmented_control(
        "Kind", list(titles), key="find_kind", format_func=titles.__getitem__,
        label_visibility="collapsed", on_change=lambda: again(kind=state.find_kind or ""),
    )  # fmt: skip


def filters(view: View) -> None:
    """Filters: has a circuit, labelled, judged by, answer, bounds of a ranking."""
    state.find_only = [name for name in ONLY if name in view.only]
    state.find_answer, state.find_low, state.find_high = view.answer, view.low, view.high
    with st.container(horizontal=True, vertical_alignment="center", key="find_filters", gap="small"):
        st.pills(
            "Filter", list(ONLY), key="find_only", selection_mode="multi", format_func=ONLY.__getitem__,
            label_visibility="collapsed", on_change=lambda: again(only=tuple(state.find_only)),
        )  # fmt: skip
        with st.container(width=150, key="find_by_box"):
            names: list[str] = [*judges()]
            names += [view.by] if view.by and view.by not in names else []
            judged = {ANYBODY: "judged by …" if names else "nobody has judged"}
            judged |= {name: f"judged by {name}" for name in names}
            choose("Judged by", judged, view.by, "find_by", lambda name: again(by=name))
        st.text_input(
            "Answer", key="find_answer", placeholder="answer", label_visibility="collapsed", width=110,
            max_chars=80, on_change=lambda: again(answer=state.find_answer.strip()),
        )  # fmt: skip
        with st.container(width=170, key="find_figure_box"):
            figures = {"": "any figures"} | {name: ranking.title for name, ranking in RANKINGS.items()}
            choose("Figure of behaviours", figures, view.figure, "find_figure", _figure)
        if view.figure:
            for name, word in (("low", "at least"), ("high", "at most")):
                key = f"find_{name}"
                st.number_input(
                    word, key=key, value=None, placeholder=word, label_visibility="collapsed", width=96,
                    format="%g", on_change=lambda name=name, key=key: again(**{name: state[key]}),
                )  # fmt: skip


def _figure(name: str) -> None:
    """Another figure has other bounds."""
    again(figure=name, low=None, high=None)

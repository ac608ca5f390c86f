"""SHIFT: what ablating the spurious features does to the classifier, with the levers beside the numbers."""

from __future__ import annotations

import streamlit as st

from app import address
from app.components import header, judgement, shiftbar, shiftlive, shiftnumbers, shiftread, states
from app.components import shiftpieces as pieces
from app.components.shiftdata import Screen, screen
from app.components.surface import surface
from app.components.text import head, link
from explorer_engine.errors import InputError

View = address.ShiftView


@st.fragment
def page() -> None:
    """Everything below the header: a judgement reruns only this."""
    try:
        shown = screen(address.read(View))
    except InputError as error:
        states.unknown("This classifier cannot be shown", str(error), [("SHIFT", View())])
        return
    if shown is None:
        states.message(
            "No classifier", "This world holds no classifier yet; `python -m precompute demo` makes one."
        )
        return
    shiftbar.bar(shown)
    left, right = st.columns([0.345, 0.655], gap="medium")
    with left:
        numbers(shown)
    with right:
        features(shown)
        if shown.selected is not None:
            shiftread.read(shown, shown.selected)
        else:
            shiftread.flipped(shown)


def numbers(shown: Screen) -> None:
    """Accuracies before and after, and the table of runs."""
    shiftlive.follow(shown)
    n = len(shown.ablated)
    said = f"{n} of {len(shown.features)} features ablated" + (
        ", probe retrained" if shown.view.retrain else ""
    )
    blank = "–" if shown.failure else "…"
    body = shiftnumbers.accuracies(shown.task, shown.before, shown.after, blank) + shiftlive.trouble(shown)
    surface(head("Accuracy, %", said, shiftlive.note(shown)) + body, "metrics")
    name = "SHIFT, live" + (" + retrain" if shown.view.retrain else "")
    table = shiftnumbers.runs_table(shown.runs, shown.after, name, blank)
    title = head("Against the baselines", "hollow: needs balanced labels")
    surface(title + table + shiftnumbers.honest(shown.runs), "base")


def features(shown: Screen) -> None:
    """The probe's circuit as rows to judge."""
    circuit = link("circuit", address.href(address.CircuitView(shown.task.circuit)))
    with st.container(
        horizontal=True, wrap=False, key="feats_top", gap="xsmall", vertical_alignment="center"
    ):
        note = "hollow bar = ablated; votes ● spurious ○ relevant ◌ unsure"
        surface(head("Features of the probe’s circuit", note, circuit), "feats_head")
        if shown.selected is None and header.asking():
            judgement.ask("shift")
        else:
            shiftbar.walk(shown)
    with st.container(key="feats_box_open" if shown.selected is not None else "feats_box"):
        rows = pieces.feature_rows(
            shown.task, shown.features, shown.labels, shown.mine, shown.votes, shown.ablated,
            None if shown.selected is None else str(shown.selected.ref),
        )  # fmt: skip
        surface(rows, "feats", lambda: shiftbar.clicked(shown))


page()

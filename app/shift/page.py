"""SHIFT: what ablating the spurious features does to the classifier, with the levers beside the numbers."""

from __future__ import annotations

import streamlit as st

from app import address, annotator, world
from app.circuit.view import CircuitView
from app.operations.metrics import measured
from app.shared import header, judging, labelling, messages
from app.shared.clickable import clickable
from app.shared.text import head, link
from app.shift import accuracies, rivals, rows, texts, toolbar, waiting
from app.shift.policies import POLICIES
from app.shift.screen import Screen, screen
from app.shift.view import ShiftView
from explorer_engine.errors import InputError

View = ShiftView


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a judgement reruns only this."""
    try:
        shown = screen(address.read(View, lambda view: view.named(annotator.name())))
    except InputError as error:
        messages.unknown("This classifier cannot be shown", str(error), [("SHIFT", View())])
        return
    if shown is None:
        messages.message("No classifier", messages.without(world.store(), "classifier", "classifier"))
        return
    toolbar.bar(shown)
    left, right = st.columns([0.345, 0.655], gap="medium")
    with left:
        numbers(shown)
    with right:
        features(shown)
        if shown.selected is not None:
            texts.opened(shown, shown.selected)
        else:
            texts.flipped(shown)


def numbers(shown: Screen) -> None:
    """Accuracies before and after, and the table of runs."""
    waiting.follow(shown)
    said = f"{len(shown.ablated)} of {len(shown.features)} features ablated"
    blank = "–" if shown.failure else "…"
    body = accuracies.accuracies(shown.task, shown.before, shown.after, blank) + waiting.trouble(shown)
    clickable(head(f"Accuracy, {shown.question.split} texts", said, waiting.note(shown)) + body, "metrics")
    judge = POLICIES[shown.view.policy]
    after = shown.after if shown.view.result else None
    live = rivals.Live(shown.other or judge.judge, judge.needs, shown.view.retrain, after)
    table = rivals.runs_table(shown.task, shown.runs, live, blank if shown.view.result else "–")
    title = head("Against its rivals, on test texts", "second figure: probe retrained")
    clickable(title + table + rivals.remarks(shown.task, shown.runs, shown.n_probes), "base")


def features(shown: Screen) -> None:
    """The probe's circuit as rows to judge."""
    circuit = link("circuit", address.href(CircuitView(shown.classifier.circuit)))
    with st.container(
        horizontal=True, wrap=False, key="probe_features_top", gap="xsmall", vertical_alignment="center"
    ):
        note = "hollow bar = ablated; votes ● spurious ○ relevant ◌ unsure"
        clickable(head("Features of the probe’s circuit", note, circuit), "feats_head")
        if shown.selected is None and header.asking():
            judging.ask("shift")
        else:
            toolbar.walk(shown)
    may_judge = not labelling.closed()
    with st.container(key="probe_features_box_open" if shown.selected is not None else "probe_features_box"):
        listed = rows.feature_rows(
            shown.task, shown.features, shown.labels, shown.mine, shown.votes, shown.ablated,
            None if shown.selected is None else str(shown.selected.ref), may_judge,
        )  # fmt: skip
        clickable(listed, "feats", lambda: toolbar.clicked(shown))


page()

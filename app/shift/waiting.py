"""What the SHIFT page says about its worker, and how it picks up an answer that comes later."""

from __future__ import annotations

import streamlit as st

from app import address
from app.shared.html import Html, esc, still
from app.shift.screen import Screen, loaded
from app.shift.view import ShiftView
from app.workers import engine
from app.workers.shift import First
from app.workers.worker import Place
from explorer_engine.shift.values import SPLITS

__all__ = ["follow", "note", "trouble"]

_COMPUTING, _LOADING, _RARELY = 0.25, 0.8, 1.5
"""Seconds between looks at the worker while it computes, while it loads, and at most while others are first:
every look costs it time."""


def note(shown: Screen) -> str:
    """At the right of the heading: what the numbers are; nothing while `follow` says what is being done."""
    if shown.failure:
        return Html('<span class="bad" title="{}">cannot be computed</span>').format(shown.failure)
    if shown.pending is not None:
        return ""
    said = f"{shown.n_texts:,} texts, all groups alike; {_probes(shown.n_probes)}"
    if shown.answer is not None and (shown.ablated or shown.view.retrain):
        said += f"; computed in {shown.answer.seconds:.2f} s"
    return Html('<span title="{}">95% interval</span>').format(said)


def _probes(n: int) -> str:
    return "one probe" if n == 1 else f"mean over {n} probes, interval over probes and texts"


def trouble(shown: Screen) -> Html:
    """Why there are no live numbers, under the stored ones; nothing when there are."""
    if not shown.failure:
        return Html("")
    why = esc(shown.failure)
    return Html(
        '<p class="explanation"><span class="bad">No live numbers:</span> {}. Judgements are kept.</p>'
    ).format(why)


def _place(shown: Screen) -> Place:
    worker = engine.worker()
    places = (worker.place(job) for job in (First(shown.question), shown.question))
    return max(places, key=lambda place: place.before)


def _doing(shown: Screen) -> str:
    worker = engine.worker()
    if shown.first is not None:
        of = shown.classifier.n_texts.get(SPLITS[shown.question.split], 0)
        return f"first figures, of {shown.n_texts:,} texts: others are at work; all {of:,} follow"
    place = _place(shown)
    if place.before:
        asked = "question" if place.before == 1 else "questions"
        return f"{place.before} {asked} of others first, about {max(place.seconds, 1):.0f} s"
    if loaded(shown.task.name):
        return worker.stage
    return f"{worker.stage}, {worker.busy_for:.0f} s"


def follow(shown: Screen) -> None:
    """While an answer is due, say what the worker is doing; the page is drawn anew when it is there."""
    due = shown.pending or shown.flips_pending
    if due is None:
        return

    often = _COMPUTING if loaded(shown.task.name) else _LOADING
    turn = _place(shown).seconds

    @st.fragment(run_every=max(often, min(turn / 2, _RARELY)))
    def look() -> None:
        overtaken = shown.pending is not None and engine.numbers(shown.question).next is not due
        if due.done() or overtaken:
            address.redraw(ShiftView)
        if shown.pending is not None:
            still(Html('<div class="busy">{}</div>').format(_doing(shown)))

    with st.container(key="follow"):
        look()

"""Compare: two circuits as one drawing or side by side; without a pair the matrix of all."""

from __future__ import annotations

import streamlit as st

from app import address, world
from app.circuit.view import CircuitView
from app.circuits import circuits
from app.compare import overview, side, toolbar
from app.compare.pair import Compared, compared
from app.compare.view import CompareView
from app.operations.metrics import measured
from app.shared import graph, messages
from app.shared.html import Html, still
from explorer_engine.errors import InputError
from explorer_engine.sites import OUTPUT

state = st.session_state
View = CompareView


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a click reruns only this."""
    view = None
    try:
        view = address.read(View)
        if view.a is None and view.b is None:
            _without(view)
            return
        shown = compared(view if view.a is not None else address.update(View, a=view.b, b=None))
    except InputError as error:
        ways: list[tuple[str, address.View]] = [("All circuits", View(kind=toolbar.FIRST))]
        if view is not None and view.a is not None and view != View(view.a, view.b):
            ways.insert(0, ("These two alone", View(view.a, view.b, view.world_b)))
        messages.unknown("These circuits cannot be compared", str(error), ways)
        return
    toolbar.bar(shown)
    left, right = st.columns([0.695, 0.305], gap="small")
    with left:
        toolbar.amounts(shown)
        _note(shown)
        _draw(shown)
    with right, st.container(key="card"):
        side.side(shown)


def _without(view: View) -> None:
    """The matrix; where there are no two circuits, what to do."""
    stored, opened = world.store().circuits.page(limit=2), circuits().opened.listed()
    if stored.total + len(opened) < 2:
        made = messages.without(world.store(), "circuits to compare", "circuits")
        one = "There is one circuit here, and two are needed: open the file of another on the Circuit page."
        messages.unknown(
            "Nothing to compare", one if stored.total + len(opened) else made,
            [("Open a circuit’s file on the Circuit page", CircuitView())],
        )  # fmt: skip
    elif not stored.total:
        address.write(View(a=opened[0].id, b=opened[1].id))
        st.rerun(scope="app")
    else:
        overview.overview(view)


def _note(shown: Compared) -> None:
    """A line above the drawing: whose positions were summed, why nothing is matched."""
    pair = shown.pair
    notes = [g.note for g in (pair.here, pair.there) if g.note]
    if pair.strange:
        notes = [pair.strange]
    elif pair.added is not None and not pair.apart:
        other = "B" if pair.added == "A" else "A"
        notes.append(f"{other} has no positions: those of {pair.added} are summed before it is compared")
    if notes:
        text = " · ".join(notes)
        with st.container(key="circuit_note"):
            still(Html('<div class="circuit-note" role="note" title="{}">{}</div>').format(text, text))


def _draw(shown: Compared) -> None:
    keys = toolbar.DRAWN["sides" if len(shown.drawings) > 1 else "drawing"]
    caption = toolbar.caption(shown)
    ids = f"compare-{shown.pair.here.summary.id}-{shown.pair.there.summary.id}"
    with st.container(key=f"compare_boxes_{len(keys)}", horizontal=len(keys) > 1, gap="small"):
        for key, drawing in zip(keys, shown.drawings, strict=True):
            there = {mark.id for mark in drawing.marks}
            with st.container(key=f"{key}_box", gap=None):
                graph.show(
                    drawing,
                    key,
                    selected=shown.view.node if shown.view.node in there else None,
                    file=f"{ids}{'' if len(keys) == 1 else '-' + key.removeprefix('compare_')}",
                    caption=caption,
                    on_pick=lambda key=key: _picked(key),
                )
    still(toolbar.legend(shown))


def _picked(key: str) -> None:
    """A click or an arrow key in a drawing."""
    if hit := state[key].picked:
        address.update(View, node=None if hit["id"] == OUTPUT else hit["id"])


page()

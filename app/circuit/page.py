"""Circuit: the drawing large, its thresholds in one bar, the selected node read beside it."""

from __future__ import annotations

import streamlit as st

from app import address, world
from app.circuit import chooser, side, toolbar
from app.circuit.screen import Screen, screen
from app.circuit.view import CircuitView
from app.circuits import given
from app.operations.metrics import measured
from app.shared import graph, messages
from app.shared.html import Html, still
from explorer_engine.errors import InputError

state = st.session_state
View = CircuitView


def picked() -> None:
    """A click or an arrow key in the drawing."""
    if hit := state.circuit_drawing.picked:
        address.update(View, node=hit["id"])


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a click reruns only this."""
    try:
        shown = screen(address.read(View))
    except InputError as error:
        messages.unknown("This circuit cannot be shown", str(error), [("All circuits", View())])
        return
    if shown is None:
        messages.message("No circuits", messages.without(world.store(), "circuit", "circuits"))
        chooser.opener()
        return
    toolbar.bar(shown)
    left, right = st.columns([0.695, 0.305], gap="small")
    with left:
        note(shown)
        draw(shown)
    with right, st.container(key="card"):
        side.side(shown)


def note(shown: Screen) -> None:
    """A line above the drawing: why features are not this world's, which files could not be opened."""
    notes = [*given().troubles, *([shown.graph.note] if shown.graph.note else [])]
    if notes:
        text = " · ".join(notes)
        with st.container(key="circuit_note"):
            still(Html('<div class="circuit-note" role="note" title="{}">{}</div>').format(text, text))


def draw(shown: Screen) -> None:
    """The drawing, and under it what its colours and numbers mean."""
    with st.container(key="drawing_box"):
        graph.show(
            shown.drawing,
            "circuit_drawing",
            selected=shown.view.node,
            marked=shown.found,
            file=shown.graph.summary.id,
            caption=toolbar.caption(shown),
            on_pick=picked,
        )
    still(toolbar.legend(shown))


page()

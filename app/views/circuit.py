"""Circuit: the drawing large, its thresholds in one bar, the selected node read beside it."""

from __future__ import annotations

import streamlit as st

from app import address
from app.components import circuitbar, circuitside, graph, states
from app.components.circuitdata import Screen, screen
from explorer_engine.errors import InputError

state = st.session_state
View = address.CircuitView


def picked() -> None:
    """A click or an arrow key in the drawing."""
    if hit := state.circ.picked:
        address.update(View, node=hit["id"])


@st.fragment
def page() -> None:
    """Everything below the header: a click reruns only this."""
    try:
        shown = screen(address.read(View))
    except InputError as error:
        states.unknown("This circuit cannot be shown", str(error), [("All circuits", View())])
        return
    if shown is None:
        states.message(
            "No circuits", "This world holds no circuit yet; `python -m precompute demo` makes them."
        )
        return
    circuitbar.bar(shown)
    left, right = st.columns([0.695, 0.305], gap="small")
    with left:
        draw(shown)
    with right, st.container(key="card"):
        circuitside.side(shown)


def draw(shown: Screen) -> None:
    """The drawing, and under it what its colours and numbers mean."""
    with st.container(key="gbox"):
        graph.show(
            shown.drawing,
            "circ",
            selected=shown.view.node,
            marked=shown.found,
            file=shown.graph.summary.id,
            on_pick=picked,
        )
    st.html(circuitbar.legend(shown))


page()

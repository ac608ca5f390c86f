"""The faithfulness curve beside the drawing, the switch between its sweeps, and what it measures in words."""

from __future__ import annotations

import streamlit as st

from app import address
from app.circuit import curve
from app.circuit.screen import Screen
from app.circuit.view import CircuitView
from app.shared.clickable import choice, clickable
from app.shared.html import Html
from app.shared.text import head

__all__ = ["chosen", "hint", "section"]

state = st.session_state


def hint(shown: Screen) -> str:
    """What faithfulness and complement are here, in a sentence."""
    kept = "The model's metric that these nodes alone keep, and that the rest keeps without them"
    sweep = shown.sweep
    return kept if sweep is None else f"{kept}; {sweep.ablated}, tested on {sweep.tested_on}"


def section(shown: Screen) -> None:
    """Heading, a switch where the circuit has several sweeps, and the chart; nothing where it has none."""
    sweep = shown.sweep
    if sweep is None:
        return
    whole = f" and {sweep.left_whole}" if sweep.left_whole else ""
    heading = head("Faithfulness", f"of these nodes{whole} alone, by their number")
    here = {s.ablated: s.ablated for s in shown.sweeps if s.tested_on == sweep.tested_on}
    tests = {s.tested_on: s.tested_on for s in shown.sweeps}
    switch = Html('<div class="faith-switch">{}{}</div>').format(
        choice("ablated", "What is ablated", here, sweep.ablated),
        choice("tested", "Tested on", tests, sweep.tested_on),
    )
    clickable(heading + switch + curve.chart(shown.curves, shown.faithfulness), "faith", chosen)


def chosen() -> None:
    """What is ablated, or tested on, was chosen: a field of the address."""
    act = state.faith.act
    if act and act["act"] in ("ablated", "tested") and isinstance(act["value"], str):
        address.update(CircuitView, **{act["act"]: act["value"]})

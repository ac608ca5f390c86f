"""The faithfulness curve beside the drawing, the switch between its sweeps, and what it measures in words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import address
from app.circuit import curve
from app.circuit.screen import Screen
from app.circuit.view import CircuitView
from app.shared.clickable import clickable
from app.shared.text import head

__all__ = ["hint", "section"]

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
    here = [s.ablated for s in shown.sweeps if s.tested_on == sweep.tested_on]
    tests = list(dict.fromkeys(s.tested_on for s in shown.sweeps))
    clickable(heading, "faith_head")
    with st.container(horizontal=True, wrap=False, key="faith_switch", gap="xsmall"):
        _choice("What is ablated", "ablated", here, sweep.ablated)
        _choice("Tested on", "tested", tests, sweep.tested_on)
    clickable(curve.chart(shown.curves, shown.faithfulness), "faith")


def _choice(label: str, field: str, options: Sequence[str], value: str) -> None:
    """A select box that writes a field of the address; with one option it only says which."""
    key = f"circuit_{field}"
    state[key] = value
    st.selectbox(
        label, options, key=key, label_visibility="collapsed", disabled=len(options) == 1,
        on_change=_chosen, args=(field, key),
    )  # fmt: skip


def _chosen(field: str, key: str) -> None:
    address.update(CircuitView, **{field: state[key]})

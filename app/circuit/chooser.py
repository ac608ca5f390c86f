"""Which circuit: the list of this world's and of those that were brought in, and a place to open a file."""

from __future__ import annotations

import streamlit as st

from app import address, names, session
from app.circuit.view import CircuitView
from app.circuits import circuits
from app.compare.view import CompareView
from app.discreet import discreet
from app.shared.circuit_list import KINDS, listing
from app.shared.clickable import clickable
from app.shared.html import Html, esc, still
from app.shared.text import link, plain
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_files import READERS
from explorer_engine.store.opened_circuits import MOST_BYTES
from explorer_engine.store.values import CircuitSummary
from explorer_engine.world.circuits import OPENED

__all__ = ["choose", "opener"]

state = st.session_state
View = CircuitView


def choose(summary: CircuitSummary) -> None:
    """The circuit's title opens the list of all circuits, with search and a place to open a file."""
    behaviour = -1 if summary.behaviour is None else summary.behaviour
    title = plain(names.behaviour_labels().get(behaviour, summary.title))
    with st.popover(title, type="tertiary", key="choose", on_change="rerun", width="stretch") as box:
        if box.open:
            text = st.text_input(
                "Search circuits", key="choose_text", placeholder="Title or id", label_visibility="collapsed",
                icon=":material/search:",
            )  # fmt: skip
            with st.container(key="choose_list"):
                clickable(listing(text, summary.id), "choose_rows", lambda: _chosen(summary.id))
            opener()
    clickable(Html('<div class="meta">{}</div>').format(_what(summary)), "circuit_what")


def _what(summary: CircuitSummary) -> Html:
    unit = {"behaviour": "contexts", "contrast": "pairs", OPENED: "examples"}.get(summary.kind, "texts")
    unit = unit.removesuffix("s") if summary.n_examples == 1 else unit
    kind = esc(KINDS.get(summary.kind, summary.kind))
    compare = link("compare", address.href(CompareView(summary.id)))
    form = Html('{}<span class="separator">·</span><b>{}</b> {}<span class="separator">·</span>{}')
    return form.format(kind, summary.n_examples, unit, compare)


def opener() -> None:
    """A place to drop a circuit's file; what is wrong with the last one stands under it."""
    here = session.here()
    key = f"open_circuit_{here.setdefault('dropped', 0)}"
    with st.container(key="open_circuit", gap=None):
        st.file_uploader(
            "Open a circuit", key=key, on_change=_dropped, args=(key,), max_upload_size=MOST_BYTES >> 20,
            help=f"{', '.join(reader.title for reader in READERS)}. A copy is kept here.",
        )  # fmt: skip
        if trouble := here.pop("trouble", None):
            still(Html('<p class="trouble" role="alert">{}</p>').format(trouble))


def _dropped(key: str) -> None:
    """A file was dropped: keep a copy and show it, or say what is wrong; the place is empty again."""
    file, here = state[key], session.here()
    if file is None:
        return
    here["dropped"] += 1
    try:
        _show(circuits().opened.add_content(file.name, file.getvalue()))
    except InputError as problem:
        here["trouble"] = discreet(str(problem))


def _chosen(here: str) -> None:
    act = state.choose_rows.act
    if act and act["act"] == "remove":
        _remove(act["value"], here)
    elif act:
        _show(act["value"])


def _show(circuit: str) -> None:
    state.circuit_find = ""
    state.choose = False
    address.write(View(circuit=circuit))


def _remove(circuit: str, here: str) -> None:
    """Forget a circuit; the page goes on to another one where it was on screen."""
    try:
        circuits().opened.remove(circuit)
    except InputError as problem:
        session.here()["trouble"] = discreet(str(problem))
    if circuit == here:
        address.write(View())

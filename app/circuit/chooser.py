"""Which circuit: the list of this world's and of those that were brought in, and a place to open a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import address, names, session, world
from app.circuit.view import CircuitView
from app.circuits import circuits
from app.discreet import discreet
from app.shared.clickable import clickable
from app.shared.html import Html, esc, joined, still
from app.shared.text import head, plain
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_files import READERS
from explorer_engine.store.opened_circuits import MOST_BYTES, OpenedCircuit
from explorer_engine.store.values import CircuitSummary
from explorer_engine.world.circuits import OPENED

__all__ = ["KINDS", "choose", "listing", "opener", "row_of"]

state = st.session_state
View = CircuitView
KINDS = {
    "contrast": "Contrasts",
    "behaviour": "Behaviours",
    "classifier": "Classifiers",
    OPENED: "Opened here",
}
_LISTED = 60


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
    still(Html('<div class="meta">{}</div>').format(_what(summary)))


def _what(summary: CircuitSummary) -> Html:
    unit = {"behaviour": "contexts", "contrast": "pairs", OPENED: "examples"}.get(summary.kind, "texts")
    unit = unit.removesuffix("s") if summary.n_examples == 1 else unit
    kind = esc(KINDS.get(summary.kind, summary.kind))
    return Html('{}<span class="separator">·</span><b>{}</b> {}').format(kind, summary.n_examples, unit)


def listing(text: str, here: str, removable: bool = True) -> Html:
    """The circuits that have `text` in their title or id as rows by kind; that of `here` is selected.

    A click on one is the act `open`; `removable`: those brought in can be taken off the list.
    """
    page = world.store().circuits.page(text=text, limit=_LISTED)
    return _list(circuits().opened.listed(text), page.rows, page.total, here, removable)


def _list(
    lines: Sequence[OpenedCircuit], rows: Sequence[CircuitSummary], total: int, here: str, removable: bool
) -> Html:
    out, kind = [], None
    if lines:
        out.append(head(KINDS[OPENED]))
        out += [row_of(line.id, line.title, line.n_nodes, here, removable=removable) for line in lines]
    for row in rows:
        if row.kind != kind:
            kind = row.kind
            out.append(head(KINDS.get(kind, kind)))
        title = row.title if row.behaviour is None else f"{row.title} #{row.behaviour}"
        out.append(row_of(row.id, title, row.n_nodes, here))
    more = (
        Html('<div class="meta">{:,} more: search</div>').format(total - len(rows))
        if total > len(rows)
        else ""
    )
    none = "" if rows or lines else Html('<div class="meta">No circuit matches.</div>')
    return Html('<div class="rows" role="listbox">{}</div>{}{}').format(joined(out), more, none)


def row_of(id: str, title: str, number: int, here: str, removable: bool = False) -> Html:
    """A circuit's row in a list to choose from; `number` stands at its end."""
    remove = (
        Html(
            '<button data-act="remove" data-value="{}" title="Remove it from this list" '
            'aria-label="Remove {}">✕</button>'
        ).format(id, title)
        if removable
        else ""
    )
    return Html(
        '<div class="row row-circuit-choice" role="option" tabindex="0" aria-selected="{}" data-act="open" '
        'data-value="{}"><span class="label" title="{}">{}</span><span class="number">{:,}</span>{}</div>'
    ).format(str(id == here).lower(), id, title, title, number, remove)


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

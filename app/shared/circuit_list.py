"""The list of circuits to choose from: this world's by kind, and those that were brought in."""

from __future__ import annotations

from collections.abc import Sequence

from app import world
from app.circuits import circuits
from app.shared.html import Html, joined
from app.shared.text import head
from explorer_engine.store.opened_circuits import OpenedCircuit
from explorer_engine.store.values import CircuitSummary
from explorer_engine.world.circuits import OPENED

__all__ = ["KINDS", "listing", "row_of"]

KINDS = {
    "contrast": "Contrasts",
    "behaviour": "Behaviours",
    "classifier": "Classifiers",
    OPENED: "Opened here",
}
_LISTED = 60


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

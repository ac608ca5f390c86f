"""The page of a behaviour, and its contexts as a file."""

from __future__ import annotations

from explorer_engine.circuits.curve import whole_circuit
from explorer_engine.drawing import behaviour_parts
from explorer_engine.drawing.html import Html, esc, joined
from explorer_engine.drawing.text import head, meta, name_of, nats
from explorer_engine.drawing.thumbnail import thumbnail
from explorer_engine.drawing.tokens import show
from explorer_engine.formats.context_files import contexts_json
from explorer_engine.store.values import BehaviourRow, Neighbour
from precompute.site import places
from precompute.site.contents import Contents
from precompute.site.rows import label, number, row, rows

__all__ = ["made"]

_NEAR = 5
"""Similar behaviours that are named."""


def made(contents: Contents, of: BehaviourRow) -> tuple[Html, str]:
    """What is on the page of a behaviour, and its contexts with all stored text before them, as JSON."""
    whole = contents.store.behaviours.contexts(of.id, before=10_000).rows
    return _body(contents, of), contexts_json(whole)


def _body(contents: Contents, of: BehaviourRow) -> Html:
    """Figures, contexts aligned on the answer, pictures, its circuit."""
    store, place = contents.store, places.behaviour(of.id)
    whole = None if of.circuit is None else store.circuits.graph(of.circuit, named=False)
    measured = None
    if whole is not None:
        curves = store.circuits.faithfulness(whole.summary.id)
        measured = whole_circuit(curves, whole.circuit.node_threshold)
    found = store.behaviours.contexts(of.id)
    title = Html('<h1 class="title">{}</h1>').format(name_of(of.label, "Unlabelled behaviour")) + meta(
        Html('<span class="id">#{}</span>').format(of.id),
        Html("<b>{}</b> contexts").format(of.n_contexts),
        Html("loss <b>{}</b> nats").format(nats(of.mean_loss)),
        *behaviour_parts.circuit_figures(whole, measured),
        esc(of.label_source or ""),
    )
    circuit = head("Circuit") + Html('<p class="quiet">This behaviour has no circuit.</p>')
    if whole is not None:
        to = places.link(place, places.circuit(whole.summary.id))
        more = Html('<a href="{}">open</a>').format(to)
        picture = thumbnail(whole, w=230, h=190)
        circuit = head("Circuit", f"{whole.summary.n_nodes} nodes", more) + Html(
            '<a href="{}" aria-label="Open the circuit">{}</a>'
        ).format(to, picture)
    json = places.link(place, places.behaviour(of.id, ".json"))
    files = Html('<a href="{}" download>JSON</a>').format(json)
    side = (
        circuit,
        behaviour_parts.answers(store.behaviours.last_tokens(of.id), of.answers),
        behaviour_parts.loss(of.losses, contents.mean_losses),
        behaviour_parts.similarity(store.behaviours.similarity(of.id)),
        _similar(contents, place, store.behaviours.neighbours(of.id, limit=_NEAR)),
    )
    return title + Html('<div class="two-parts"><section>{}</section><aside>{}</aside></div>').format(
        behaviour_parts.contexts(found.rows, found.total, files),
        joined(Html("<section>{}</section>").format(part) for part in side if part),
    )


def _similar(contents: Contents, place: str, near: tuple[Neighbour, ...]) -> Html:
    """Links to behaviours that rest on much the same."""
    if not near:
        return Html("")
    lines = []
    for found in near:
        known = contents.behaviours[found.id]
        name = known.label or " ".join(show(answer.text, lead=True) for answer in found.answers[:3])
        to = places.link(place, places.behaviour(found.id))
        lines.append(row(to, label(name, f"#{found.id}"), number(f"{found.similarity:.2f}")))
    return head("Similar behaviours", "cosine") + rows("named", lines)

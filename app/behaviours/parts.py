"""Parts of the Behaviours page as HTML strings: the list's rows, the title, the contexts, the pictures."""

from __future__ import annotations

from collections.abc import Sequence

from app.address import href
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.shared.html import Html, esc, joined
from app.shared.rankings import RANKINGS, arrow, figure, measured
from app.shared.text import head, link, meta, name_of, nats, num
from explorer_engine.behaviours.values import AUTOMATIC, Clustering
from explorer_engine.drawing.bars import stack
from explorer_engine.drawing.charts import Losses, spark
from explorer_engine.drawing.thumbnail import thumbnail
from explorer_engine.drawing.tokens import show
from explorer_engine.store.values import (
    BehaviourRow,
    CircuitGraph,
    Neighbour,
)

__all__ = [
    "agreement",
    "circuit",
    "made",
    "rows",
    "similar",
    "title",
]


def _sub(tokens: Sequence[str]) -> Html:
    """Answers in small grey type; a leading blank is quieter still."""
    out = []
    for token in tokens:
        text = show(token, lead=True)
        out.append(Html("<u>␣</u>{}").format(text[1:]) if text.startswith("␣") else esc(text))
    return joined(out, " ")


def rows(found: Sequence[BehaviourRow], mean: Losses, rank: str) -> Html:
    """The list: label over answers, answer stack, loss curve, number of contexts, the ranking's figure."""
    ranking = RANKINGS[rank]
    out = [
        Html(
            '<div class="row column-heads row-behaviour"><span>Behaviour</span>'
            '<span title="shares of the commonest answers">answers</span>'
            '<span title="loss over training; grey: mean of all data">loss</span>'
            '<span class="number" title="number of contexts">n</span>'
            '<span class="number" title="{}">{} {}</span></div>'
        ).format(ranking.hint, ranking.column, arrow(rank))
    ]
    for row in found:
        label = Html('<span class="label" title="{}">{}</span>').format(row.label or "", name_of(row.label))
        out.append(
            Html(
                '<div class="row row-behaviour" role="option" tabindex="0" aria-selected="false" '
                'data-act="pick" '
                'data-value="{}"><span class="two-lines">{}'
                '<span class="second-line">{}</span></span>'
                "{}{}"
                '<span class="number">{}</span><span class="number" title="{}">{}</span></div>'
            ).format(
                row.id,
                label,
                _sub([a.text for a in row.answers[:5]]),
                stack([a.share for a in row.answers], 48),
                spark(row.losses, mean, 50),
                row.n_contexts,
                "" if measured(row, rank) else "not measured",
                figure(row, rank),
            )
        )
    if not found:
        out.append(
            Html(
                '<div class="nothing-found">No behaviour matches. Remove a filter or a word of the '
                "search.</div>"
            )
        )
    return Html('<div class="rows" role="listbox" aria-label="Behaviours">{}</div>').format(joined(out))


MATCH = (
    "How well it matches the known behaviours (normalised mutual information): 0 = chance, 1 = the same. "
    "Beside it: clusters made of the answer token alone."
)


METHODS = {
    "spectral": "spectral, by the angles between all contexts",
    "cosines": "spectral, by the cosines between all contexts",
    "neighbours": "spectral, by the angles between each context and the nearest others",
    "k-means": "k-means",
}
"""Method of the store → in words."""


def agreement(clustering: Clustering) -> Html:
    """How well a clustering matches the known behaviours, beside clusters made of tokens alone; where none is
    known, how many clusters there are."""
    found = clustering.agreement
    if found is None:
        return Html("<b>{}</b> clusters").format(clustering.n_clusters)
    by_tokens = found.tokens or found.token_identity
    beside = "" if by_tokens is None else f" · by tokens alone {by_tokens.nmi:.2f}"
    return Html("NMI <b>{:.2f}</b>{}").format(found.clusters.nmi, beside)


def made(clustering: Clustering) -> str:
    """How the clusters were made, and what their figure says."""
    parts = [
        f"{clustering.n_samples:,} contexts in {clustering.n_clusters} clusters, "
        f"by {clustering.representation}."
    ]
    if clustering.method is not None:
        parts.append(f"Clustering: {METHODS.get(clustering.method, clustering.method)}.")
    if clustering.tried:
        tried = ", ".join(f"{number} → {shared}" for number, shared in clustering.tried)
        parts.append(f"Clusters tried → how many of them hold more than one context: {tried}.")
    if clustering.agreement is not None:
        parts.append(MATCH)
    return " ".join(parts)


def title(row: BehaviourRow, circuit_figures: Sequence[Html]) -> Html:
    """Label, and the line of figures under it."""
    source = Html(' title="{}"').format(row.label_source) if row.label_source else ""
    made = row.label_source or ""
    mark = Html('<span class="automatic">automatic</span>') if made.startswith(AUTOMATIC) else ""
    return Html('<div class="title"{}>{}{}</div>').format(
        source, name_of(row.label, "Unlabelled behaviour"), mark
    ) + meta(
        Html('<span class="id">#{}</span>').format(row.id),
        Html("<b>{}</b> contexts").format(row.n_contexts),
        Html("loss <b>{}</b> nats").format(nats(row.mean_loss)),
        *circuit_figures,
    )


def similar(found: Sequence[Neighbour], clustering: str | None) -> Html:
    """Links to the nearest behaviours."""
    links = []
    for n in found:
        name = n.label or "".join(show(a.text, lead=True) + " " for a in n.answers[:2]).strip()
        view = BehavioursView(clustering, n.id)
        links.append(link(name, href(view), title=f"#{n.id}, similarity {num(n.similarity)}"))
    return Html("similar: ") + joined(links, ", ") if links else Html("")


def circuit(graph: CircuitGraph | None, command: str | None) -> Html:
    """The circuit as a thumbnail that links to its page; without one, the command that makes it, if known."""
    if graph is None:
        made = Html(" <code>{}</code>").format(command) if command else ""
        return head("Circuit") + Html('<p class="quiet">This behaviour has no circuit yet.{}</p>').format(
            made
        )
    address = href(CircuitView(graph.summary.id))
    more = link("open", address)
    note = f"{graph.summary.n_nodes} nodes"
    picture = thumbnail(graph, w=230, h=190)
    go = Html('href="{}" target="_self" data-act="go" data-value="{}"').format(address, address)
    return head("Circuit", note, more) + Html('<a {} aria-label="Open the circuit">{}</a>').format(
        go, picture
    )

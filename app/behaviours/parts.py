"""Parts of the Behaviours page as HTML strings: the list's rows, the title, the contexts, the pictures."""

from __future__ import annotations

from collections.abc import Sequence

from app.address import href
from app.behaviours.rankings import RANKINGS, arrow, figure, measured
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.shared.bars import bars, stack
from app.shared.charts import Losses, losscurve, matrix, spark
from app.shared.circuit_thumbnail import thumbnail
from app.shared.html import Html, esc, joined
from app.shared.text import head, link, meta, name_of, nats, num
from app.shared.tokens import kwic, show
from explorer_engine.behaviours.values import AUTOMATIC, Clustering, Similarity
from explorer_engine.circuits.curve import TARGET, Faithfulness, Sweep
from explorer_engine.store.values import (
    BehaviourContext,
    BehaviourRow,
    CircuitGraph,
    Neighbour,
    TokenShare,
)

__all__ = [
    "agreement",
    "answers",
    "circuit",
    "circuit_figures",
    "contexts",
    "loss",
    "made",
    "rows",
    "similar",
    "similarity",
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


def circuit_figures(
    graph: CircuitGraph | None, measured: tuple[Sweep, Faithfulness] | None
) -> tuple[Html, ...]:
    """The circuit's size, and how faithful it is by which sweep: plainly so when it is too little."""
    if graph is None:
        return (Html("no circuit"),)
    nodes = Html("circuit <b>{}</b> nodes").format(graph.summary.n_nodes)
    if measured is None:
        return (nodes,)
    sweep, found = measured
    hint = (
        "how much of the model’s own prediction the circuit’s nodes alone bring about: "
        f"{sweep.ablated}, on {sweep.tested_on}"
    )
    target = graph.circuit.provenance.get(TARGET)
    missed = target is not None and found.faithfulness < target
    said = Html(' <span class="bad">misses its target of {:g}</span>').format(target) if missed else ""
    faithful = Html('<span title="{}">faithfulness <b>{}</b>{}</span>').format(
        hint, num(found.faithfulness), said
    )
    return nodes, faithful


def similar(found: Sequence[Neighbour], clustering: str | None) -> Html:
    """Links to the nearest behaviours."""
    links = []
    for n in found:
        name = n.label or "".join(show(a.text, lead=True) + " " for a in n.answers[:2]).strip()
        view = BehavioursView(clustering, n.id)
        links.append(link(name, href(view), title=f"#{n.id}, similarity {num(n.similarity)}"))
    return Html("similar: ") + joined(links, ", ") if links else Html("")


def contexts(found: Sequence[BehaviourContext], total: int, right: str) -> Html:
    """All contexts under one another, aligned on the answer."""
    shown = f"all {total}" if len(found) == total else f"{len(found)} of {total}"
    return (
        head("Contexts", Html('<span title="most certain first">{}</span>').format(shown), right)
        + Html(
            '<div class="keyword-line column-heads"><span class="index"></span>'
            '<span class="text-before">context, last token underlined</span>'
            '<span class="answer">answer</span><span>text goes on</span>'
            '<span class="probability" title="probability of the answer">p</span></div>'
        )
        + Html('<div role="list">{}</div>').format(kwic(found))
    )


def answers(last: Sequence[TokenShare], found: Sequence[TokenShare]) -> Html:
    """Shares of the last tokens and of the answers."""

    def part(name: str, shares: Sequence[TokenShare]) -> Html:
        return head(name) + bars([(s.text, s.share) for s in shares[:5]], 66)

    return part("Last token", last) + Html('<div class="spacer"></div>') + part("Answer", found)


def loss(losses: Losses, mean: Losses) -> Html:
    """Loss at the answers over the model's training."""
    if not losses:
        why = (
            "Not measured for this behaviour."
            if mean
            else "No earlier checkpoints of the model were read: a recipe names them as model.checkpoints."
        )
        return head("Training loss") + Html('<p class="quiet">{}</p>').format(why)
    return head("Training loss", "nats by step") + losscurve(losses, mean, w=200, h=188)


def similarity(found: Similarity | None) -> Html:
    """Similarity of the contexts to each other."""
    if found is None:
        return head("Similarity") + Html('<p class="quiet">Not computed for this behaviour.</p>')
    key = Html('<div class="ramp-ends">{:.2f}<span class="ramp"></span>{:.2f}</div>').format(
        found.low, found.high
    )
    note = f"{found.n} contexts"
    return head("Similarity", note) + matrix(found.matrix, found.low, found.high, 152) + key


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

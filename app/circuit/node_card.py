"""What stands beside the circuit drawing, as HTML strings: parts of a node's card and of the overview."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app import address
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.features.view import FeaturesView
from app.shared.html import Html, esc, joined
from app.shared.text import head, link, meta, name_of, num
from app.shift.view import ShiftView
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.drawing.bars import ebar, mbar
from explorer_engine.drawing.charts import hist
from explorer_engine.drawing.circuit import plain_name
from explorer_engine.drawing.circuit_parts import pair
from explorer_engine.drawing.feature_parts import pattern
from explorer_engine.drawing.tokens import chips, kwic, name_or_tokens, tok
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import (
    BehaviourContext,
    CircuitGraph,
    CircuitMembership,
    CircuitSummary,
    FeatureCard,
)

__all__ = ["also_in", "caption", "example", "figures", "find", "in_out", "ranked"]

Labels = Mapping[str, str]
"""Feature name (`resid_3/12`) → what people call it."""


def _name(id: str, graph: CircuitGraph, labels: Labels) -> Html:
    if id == OUTPUT:
        return Html("output")
    node = graph.circuit.by_id[id]
    if node.is_error:
        return Html('<span class="unlabelled">SAE error of {}</span>').format(node.site)
    label = labels.get(str(node.ref))
    if label is None and not graph.knows(node):
        return Html('<span class="unlabelled">feature {}</span>').format(node.feature)
    return name_or_tokens(label, graph.tokens_of(node))


def figures(node: Node, card: FeatureCard | None, top: float, label: str | None) -> Html:
    """A feature's effect, density, maximum, pattern, histogram and logits; of other nodes only the effect."""
    effect = Html("<div><em>effect</em><b>{}</b>{}</div>").format(
        num(node.effect, True), ebar(node.effect, top, 62)
    )
    if card is None:
        words = (
            "What the dictionary at this site does not reconstruct. It is kept as a node of its own, so "
            "that the circuit says how much of the model it does not explain."
            if node.is_error
            else "Not a feature of this world: nothing is known of it here but what the circuit’s file says."
        )
        return Html('<div class="node-facts">{}</div><p class="explanation">{}</p>').format(effect, words)
    density = Html("<div><em>density</em><b>{} %</b></div>").format(num(card.density * 100))
    maximum = Html("<div><em>max activation</em><b>{}</b></div>").format(num(card.maximum))
    up = chips([(t.text, t.weight) for t in card.promoted[:6]], "promoted")
    down = chips([(t.text, t.weight) for t in card.suppressed[:6]], "suppressed")
    return Html(
        '<div class="node-facts">{}{}{}</div>{}{}<div class="logit-tokens"><em>promotes</em>{}'
        "<em>suppresses</em>{}</div>"
    ).format(
        effect,
        density,
        maximum,
        pattern(card.pattern, label),
        hist(card.histogram, card.maximum, h=52),
        up,
        down,
    )


def in_out(id: str, edges: Collection[Edge], graph: CircuitGraph, labels: Labels) -> Html:
    """A node's strongest edges on screen, in and out; a click on one goes there."""
    ins = [e for e in edges if e.target == id]
    outs = [e for e in edges if e.source == id]
    most = max((abs(e.weight) for e in (*ins, *outs)), default=1.0)

    def side(title: str, found: list[Edge], end: str) -> Html:
        rows = [
            Html(
                '<div class="row row-edge" tabindex="0" role="link" data-act="node" data-value="{}" '
                'title="{}">'
                '{}<span class="label">{}</span><span class="number">'
                "{}</span></div>"
            ).format(other, other, mbar(e.weight, most), _name(other, graph, labels), num(e.weight))
            for e in sorted(found, key=lambda e: -abs(e.weight))[:5]
            if (other := getattr(e, end))
        ]
        body = joined(rows) or Html('<div class="meta">none above the threshold</div>')
        return Html("<div>{}{}</div>").format(head(title, str(len(found))), body)

    return Html('<div class="in-and-out rows">{}{}</div>').format(
        side("In", ins, "source"), side("Out", outs, "target")
    )


def also_in(found: Sequence[CircuitMembership], total: int, here: str, feature: str) -> Html:
    """The other circuits this feature takes part in, strongest first."""
    others = [c for c in found if c.circuit != here][:3]
    if not others:
        return head("Also in", "no other circuit")
    top = max(abs(c.effect) for c in others)
    rows = joined(
        Html(
            '<a class="row row-circuit" href="{}" data-act="go" data-value="{}" target="_self">'
            "{}"
            '<span class="label">{}</span><span class="number">{}</span></a>'
        ).format(to, to, mbar(c.effect, top), c.title, num(c.effect))
        for c in others
        if (to := address.href(CircuitView(c.circuit, node=feature)))
    )
    return head("Also in", f"{total - 1} other circuit{'s' if total != 2 else ''}") + Html(
        '<div class="rows">{}</div>'
    ).format(rows)


def find(graph: CircuitGraph, text: str, labels: Labels) -> list[Node]:
    """Nodes whose label, tokens or id contain every word of `text`, strongest first."""
    words = text.lower().split()

    def said(node: Node) -> str:
        tokens = graph.tokens_of(node)
        return f"{plain_name(node, labels.get(str(node.ref)), tokens)} {node.id} {''.join(tokens)}".lower()

    return [node for node in graph.circuit.nodes if all(word in said(node) for word in words)]


def ranked(
    nodes: Sequence[Node],
    part: Circuit,
    graph: CircuitGraph,
    labels: Labels,
    mine: Mapping[str, str],
    limit: int = 60,
) -> Html:
    """Nodes as rows, strongest first; those below the threshold are grey, and a click on one lowers it."""
    drawn = {n.id for n in part.nodes}
    top = max((abs(n.effect) for n in nodes), default=1.0)
    out = []
    for n in nodes[:limit]:
        where = f"{n.site}" + (f"@{n.position}" if n.position is not None else "")
        mark = Html('<i class="vote {}"></i>').format(mine[str(n.ref)]) if str(n.ref) in mine else ""
        off = "" if n.id in drawn else " not-drawn"
        out.append(
            Html(
                '<div class="row row-node{}" tabindex="0" role="link" data-act="node" data-value="{}" '
                'title="{}{}">{}'
                '<span class="label">{}</span><span>{}</span>'
                '<span class="id">{}</span>'
                '<span class="number">{}</span></div>'
            ).format(
                off,
                n.id,
                n.id,
                " (below the threshold)" if off else "",
                ebar(n.effect, top, 56, 10),
                _name(n.id, graph, labels),
                mark,
                where,
                num(n.effect, True),
            )
        )
    return Html('<div class="rows">{}</div>').format(joined(out))


def example(summary: CircuitSummary, contexts: Sequence[BehaviourContext]) -> Html:
    """What the circuit is about: one contrastive pair, or a behaviour's first contexts."""
    if contexts:
        rows = kwic(contexts)
        where = BehavioursView(behaviour=summary.behaviour)
        return head(
            "Contexts it was found on", str(summary.n_examples), link("behaviour", address.href(where))
        ) + Html('<div class="keyword-lines-short">{}</div>').format(rows)
    if summary.task:
        to = link("SHIFT", address.href(ShiftView(task=summary.task)))
        return head("Circuit of a classifier", f"{summary.n_examples} texts", to)
    shown = pair(summary)
    return head("One of its pairs", f"{summary.n_examples} in all") + shown if shown else Html("")


def caption(node: Node, graph: CircuitGraph, labels: Labels) -> Html:
    """The card's title and the line under it; the example's tokens say where a position is."""
    at, tokens = node.position, graph.circuit.tokens
    where = (
        Html("at {}").format(tok(tokens[at], "plain"))
        if tokens and at is not None and at < len(tokens)
        else ""
    )
    if node.is_error:
        return Html('<div class="title">SAE error</div>{}').format(
            meta(Html("<span class=id>{}</span>").format(node.id), where)
        )
    page = link("feature page", address.href(FeaturesView(node.ref))) if graph.knows(node) else ""
    title = labels.get(str(node.ref))
    shown = (
        esc(title)
        if title
        else joined((tok(t, "plain") for t in graph.tokens_of(node)[:4]), " ") or name_of(None)
    )
    source = esc("label of the file") if title and title == node.label else name_of(None) if not title else ""
    return Html('<div class="title">{}</div>').format(shown) + meta(
        Html('<span class="id">{}</span>').format(node.id), where, source, page
    )

"""What stands beside the circuit drawing, as HTML strings: parts of a node's card and of the overview."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app import address
from app.behaviours.view import BehavioursView
from app.circuit.drawing import plain_name
from app.circuit.view import CircuitView
from app.features.view import FeaturesView
from app.shared.bars import ebar, mbar
from app.shared.charts import hist
from app.shared.text import esc, head, link, meta, name_of, num
from app.shared.tokens import Context, chips, kwic, name_or_tokens, prose, tok
from app.shift.view import ShiftView
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import (
    BehaviourContext,
    CircuitGraph,
    CircuitMembership,
    CircuitSummary,
    FeatureCard,
)

__all__ = ["also_in", "caption", "example", "facts", "find", "in_out", "ranked"]

Labels = Mapping[str, str]
"""Feature name (`resid_3/12`) → what people call it."""


def _name(id: str, graph: CircuitGraph, labels: Labels) -> str:
    if id == OUTPUT:
        return "output"
    node = graph.circuit.by_id[id]
    if node.is_error:
        return f'<span class="nolab">SAE error of {esc(node.site)}</span>'
    return name_or_tokens(labels.get(str(node.ref)), graph.tokens_of(node))


def facts(node: Node, card: FeatureCard | None, top: float) -> str:
    """A feature's effect, density, maximum, histogram and logits; of an error node only its effect."""
    effect = f"<div><em>effect</em><b>{num(node.effect, True)}</b>{ebar(node.effect, top, 62)}</div>"
    if card is None:
        words = (
            "What the dictionary at this site does not reconstruct. It is kept as a node of its own, so "
            "that the "
            "circuit says how much of the model it does not explain."
        )
        return f'<div class="facts">{effect}</div><p class="say">{words}</p>' if node.is_error else ""
    density = f"<div><em>density</em><b>{num(card.density * 100)} %</b></div>"
    maximum = f"<div><em>max activation</em><b>{num(card.maximum)}</b></div>"
    up = chips([(t.text, t.weight) for t in card.promoted[:6]], "up")
    down = chips([(t.text, t.weight) for t in card.suppressed[:6]], "dn")
    return (
        f'<div class="facts">{effect}{density}{maximum}</div>{hist(card.histogram, card.maximum, h=52)}'
        f'<div class="ud"><em>promotes</em>{up}<em>suppresses</em>{down}</div>'
    )


def in_out(id: str, edges: Collection[Edge], graph: CircuitGraph, labels: Labels) -> str:
    """A node's strongest edges on screen, in and out; a click on one goes there."""
    ins = [e for e in edges if e.target == id]
    outs = [e for e in edges if e.source == id]
    most = max((abs(e.weight) for e in (*ins, *outs)), default=1.0)

    def side(title: str, found: list[Edge], end: str) -> str:
        rows = [
            f'<div class="row eg" tabindex="0" role="link" data-act="node" data-val="{esc(other)}" '
            f'title="{esc(other)}">'
            f'{mbar(e.weight, most)}<span class="lab">{_name(other, graph, labels)}</span><span class="num">'
            f"{num(e.weight)}</span></div>"
            for e in sorted(found, key=lambda e: -abs(e.weight))[:5]
            if (other := getattr(e, end))
        ]
        body = "".join(rows) or '<div class="meta">none above the threshold</div>'
        return f"<div>{head(title, str(len(found)))}{body}</div>"

    return f'<div class="io rows">{side("In", ins, "source")}{side("Out", outs, "target")}</div>'


def also_in(found: Sequence[CircuitMembership], total: int, here: str, feature: str) -> str:
    """The other circuits this feature takes part in, strongest first."""
    others = [c for c in found if c.circuit != here][:3]
    if not others:
        return head("Also in", "no other circuit")
    top = max(abs(c.effect) for c in others)
    rows = "".join(
        f'<a class="row al" href="{esc(to)}" data-act="go" data-val="{esc(to)}" target="_self">'
        f"{mbar(c.effect, top)}"
        f'<span class="lab">{esc(c.title)}</span><span class="num">{num(c.effect)}</span></a>'
        for c in others
        if (to := address.href(CircuitView(c.circuit, node=feature)))
    )
    return (
        head("Also in", f"{total - 1} other circuit{'s' if total != 2 else ''}")
        + f'<div class="rows">{rows}</div>'
    )


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
) -> str:
    """Nodes as rows, strongest first; those below the threshold are grey, and a click on one lowers it."""
    drawn = {n.id for n in part.nodes}
    top = max((abs(n.effect) for n in nodes), default=1.0)
    out = []
    for n in nodes[:limit]:
        where = f"{n.site}" + (f"@{n.position}" if n.position is not None else "")
        mark = f'<i class="v {mine[str(n.ref)]}"></i>' if str(n.ref) in mine else ""
        off = "" if n.id in drawn else " off"
        out.append(
            f'<div class="row sg{off}" tabindex="0" role="link" data-act="node" data-val="{esc(n.id)}" '
            f'title="{esc(n.id)}{" (below the threshold)" if off else ""}">{ebar(n.effect, top, 56, 10)}'
            f'<span class="lab">{_name(n.id, graph, labels)}</span><span>{mark}</span>'
            f'<span class="id">{where}</span>'
            f'<span class="num">{num(n.effect, True)}</span></div>'
        )
    return f'<div class="rows">{"".join(out)}</div>'


def example(summary: CircuitSummary, contexts: Sequence[BehaviourContext]) -> str:
    """What the circuit is about: one contrastive pair, or a behaviour's first contexts."""
    if contexts:
        rows = kwic([Context(c.before, c.answer, (), c.p) for c in contexts])
        where = BehavioursView(behaviour=summary.behaviour)
        return (
            head("Contexts it was found on", str(summary.n_examples), link("behaviour", address.href(where)))
            + f'<div class="kw3">{rows}</div>'
        )
    shown = summary.example or {}
    out = []
    for side in ("clean", "patch"):
        tokens = shown.get(side)
        if isinstance(tokens, list):
            answers = shown.get("answers")
            answer = answers[len(out)] if isinstance(answers, list) and len(answers) > len(out) else None
            last = tok(str(answer)) if answer is not None else ""
            out.append(f'<div class="ex"><em>{side}</em><span>{prose(map(str, tokens))}</span>{last}</div>')
    if summary.task:
        to = link("SHIFT", address.href(ShiftView(task=summary.task)))
        return head("Circuit of a classifier", f"{summary.n_examples} texts", to)
    return head("One of its pairs", f"{summary.n_examples} in all") + "".join(out) if out else ""


def caption(node: Node, graph: CircuitGraph, labels: Labels) -> str:
    """The card's title and the line under it; the example's tokens say where a position is."""
    at, tokens = node.position, graph.circuit.tokens
    where = f"at {tok(tokens[at], 'flat')}" if tokens and at is not None and at < len(tokens) else ""
    if node.is_error:
        return f'<div class="t1">SAE error</div>{meta(f"<span class=id>{esc(node.id)}</span>", where)}'
    page = link("feature page", address.href(FeaturesView(node.ref)))
    title = labels.get(str(node.ref))
    shown = (
        esc(title) if title else " ".join(tok(t, "flat") for t in graph.tokens_of(node)[:4]) or name_of(None)
    )
    return f'<div class="t1">{shown}</div>' + meta(
        f'<span class="id">{esc(node.id)}</span>', where, "" if title else name_of(None), page
    )

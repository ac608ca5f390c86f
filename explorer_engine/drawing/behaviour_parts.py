"""Parts of a behaviour that the app and the exported site show: contexts, answers, loss, similarity, size."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.behaviours.values import Similarity
from explorer_engine.circuits.curve import TARGET, Faithfulness, Sweep
from explorer_engine.drawing.bars import bars
from explorer_engine.drawing.charts import Losses, losscurve, matrix
from explorer_engine.drawing.html import Html
from explorer_engine.drawing.text import head, num
from explorer_engine.drawing.tokens import kwic
from explorer_engine.store.values import BehaviourContext, CircuitGraph, TokenShare

__all__ = ["answers", "circuit_figures", "contexts", "loss", "similarity"]


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

"""Beside the drawing: the selected node's card with its judgement bar, or the overview."""

from __future__ import annotations

import streamlit as st

from app import address, names, world
from app.circuit import faithfulness, node_card
from app.circuit.screen import Screen, nearest
from app.circuit.view import CircuitView
from app.shared import judging
from app.shared.clickable import clickable
from app.shared.html import Html
from app.shared.text import head, meta, num
from explorer_engine.circuits.circuit import Node
from explorer_engine.drawing.strips import strips
from explorer_engine.sites import OUTPUT

__all__ = ["side"]

state = st.session_state
View = CircuitView


def side(shown: Screen) -> None:
    """The card of the selected node, else the overview."""
    node = shown.selected
    if node is not None:
        _card(shown, node)
    elif shown.view.node == OUTPUT:
        _output(shown)
    else:
        _overview(shown)


def _go(node: Node | None) -> None:
    address.update(View, node=None if node is None else node.id)


def _clicked(key: str, shown: Screen) -> None:
    """A row was chosen: select its node, and lower the threshold when it is not drawn."""
    act = state[key].act
    if not act or act["act"] != "node":
        return
    node = shown.graph.circuit.by_id.get(act["value"])
    changes: dict[str, object] = {"node": act["value"]}
    if node is not None and abs(node.effect) <= shown.node:
        below = [o for o in shown.node_steps if o < abs(node.effect)]
        changes["nodes"] = below[-1] if below else nearest(shown.node_steps, abs(node.effect))
    address.update(View, **changes)


# ---- nothing selected -----------------------------------------------------------------------------


def _overview(shown: Screen) -> None:
    summary = shown.graph.summary
    contexts = ()
    if summary.behaviour is not None:
        contexts = world.store().behaviours.contexts(summary.behaviour, before=8, after=0, limit=3).rows
    if example := node_card.example(summary, contexts):
        clickable(Html('<div class="about">{}</div>').format(example), "about")
    with st.container(horizontal=True, wrap=False, key="look", gap="xsmall", vertical_alignment="center"):
        st.text_input(
            "Find a node", key="circuit_find", placeholder="Find a node: label, token, site or id",
            icon=":material/search:", label_visibility="collapsed",
        )  # fmt: skip
        _walk(shown)
    title = f"{len(shown.matches)} found" if shown.query else "Strongest nodes"
    note = "click a row or a node to read it" if shown.matches else "nothing has these words"
    rows = node_card.ranked(shown.matches, shown.part, shown.graph, shown.labels, shown.mine)
    with st.container(key="ranked"):
        clickable(head(title, note) + rows, "top", lambda: _clicked("top", shown))
    faithfulness.section(shown)
    clickable(_errors(shown), "errors_share")


def _errors(shown: Screen) -> Html:
    nodes = shown.part.nodes
    errors = [n for n in nodes if n.is_error]
    total = sum(abs(n.effect) for n in nodes) or 1.0
    if not errors:
        return meta("no SAE errors on screen")
    share = sum(abs(n.effect) for n in errors) / total
    return meta(
        Html("<b>{}</b> SAE error{} carry <b>{:.0%}</b> of the effect on screen").format(
            len(errors), "s" if len(errors) != 1 else "", share
        )
    )


def _walk(shown: Screen) -> None:
    """J and K through the nodes on screen, strongest first; Escape or ✕ back to the overview."""
    order, here = shown.part.nodes, shown.view.node
    at = next((i for i, n in enumerate(order) if n.id == here), -1)
    after = order[at + 1] if at + 1 < len(order) else None
    before = order[at - 1] if at > 0 else None
    with st.container(horizontal=True, wrap=False, key="walk", gap="xsmall"):
        for label, key, to in (("‹", "k", before), ("›", "j", after)):
            st.button(
                label, shortcut=key, key=f"walk_{key}", type="tertiary", disabled=to is None,
                on_click=_go, args=(to,),
                help="Stronger node" if key == "k" else "Next weaker node",
            )  # fmt: skip
        if here is not None:
            st.button(
                "✕",
                key="walk_close",
                type="tertiary",
                on_click=_go,
                args=(None,),
                help="Back to the overview",
            )


# ---- a node ---------------------------------------------------------------------------------------


def _card(shown: Screen, node: Node) -> None:
    store, ref, graph = world.store(), node.ref, shown.graph
    card = store.features.card(ref) if graph.knows(node) else None
    top = max(abs(n.effect) for n in graph.circuit.nodes)
    _caption(shown, node_card.caption(node, graph, shown.labels))
    clickable(node_card.figures(node, card, top, shown.labels.get(str(ref))), "facts")
    if card is not None:
        lines = strips(
            [s for b in store.features.contexts(ref, per_bin=6) if b.bin == 0 for s in b.strips], card.maximum
        )
        clickable(head("Contexts", "strongest first") + lines, "strips")
    edges = node_card.in_out(node.id, shown.part.edges, graph, shown.labels)
    also = ""
    if card is not None:
        found = store.features.circuits(ref, limit=4)
        also = node_card.also_in(found, card.n_circuits, graph.summary.id, str(ref))
    clickable(edges + also, "io", lambda: _clicked("io", shown))
    if card is not None:
        judging.bar(str(ref), names.scope_of(graph.summary), lambda: _go(_unjudged(shown, node)))


def _caption(shown: Screen, title: Html) -> None:
    with st.container(horizontal=True, wrap=False, key="caption", gap="xsmall"):
        clickable(title, "node_caption")
        _walk(shown)


def _unjudged(shown: Screen, node: Node) -> Node | None:
    """The next feature on screen, by strength, that the annotator has not judged; it wraps around."""
    order = [n for n in shown.part.nodes if not n.is_error]
    at = next((i for i, n in enumerate(order) if n.id == node.id), -1)
    rest = order[at + 1 :] + order[: max(at, 0)]
    return next((n for n in rest if str(n.ref) not in shown.mine), node)


# ---- the output -----------------------------------------------------------------------------------


def _output(shown: Screen) -> None:
    """What a positive effect means, the metric at both ends, the curve, and what reaches the output."""
    _caption(shown, Html('<div class="title">Output</div>'))
    said = Html('<p class="explanation">{}</p>').format(shown.graph.summary.sign)
    if shown.curves:
        (point, *_), *_ = shown.curves.values()
        said += meta(
            Html("whole model <b>{}</b>, no node kept <b>{}</b>").format(
                num(point.m_model), num(point.m_empty)
            )
        )
    clickable(said, "facts")
    faithfulness.section(shown)
    edges = node_card.in_out(OUTPUT, shown.part.edges, shown.graph, shown.labels)
    clickable(edges, "io", lambda: _clicked("io", shown))

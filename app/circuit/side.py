"""Beside the drawing: the selected node's card with its judgement bar, or the overview."""

from __future__ import annotations

import streamlit as st

from app import address, world
from app.circuit import curve, node_card
from app.circuit.screen import Screen, nearest
from app.circuit.view import CircuitView
from app.features import parts
from app.shared import judging
from app.shared.clickable import clickable
from app.shared.text import esc, head, meta, num
from explorer_engine.store.values import CircuitNode

__all__ = ["side"]

state = st.session_state
View = CircuitView


def side(shown: Screen) -> None:
    """The card of the selected node, else the overview."""
    node = shown.selected
    if node is None:
        _overview(shown)
    else:
        _card(shown, node)


def _go(node: CircuitNode | str | None) -> None:
    address.update(View, node=node.id if isinstance(node, CircuitNode) else node)


def _clicked(key: str, shown: Screen) -> None:
    """A row was chosen: select its node, and lower the threshold when it is not drawn."""
    act = state[key].act
    if not act or act["act"] != "node":
        return
    node = next((n for n in shown.graph.nodes if n.id == act["val"]), None)
    changes: dict[str, object] = {"node": act["val"]}
    if node is not None and node.site is not None and abs(node.effect) < shown.node:
        below = [o for o in shown.node_steps if o <= abs(node.effect)]
        changes["nodes"] = below[-1] if below else nearest(shown.node_steps, abs(node.effect))
    address.update(View, **changes)


# ---- nothing selected -----------------------------------------------------------------------------


def _overview(shown: Screen) -> None:
    summary = shown.graph.summary
    contexts = ()
    if summary.behaviour is not None:
        contexts = world.store().behaviours.contexts(summary.behaviour, before=8, after=0, limit=3).rows
    if about := node_card.example(summary, contexts):
        clickable(f'<div class="about">{about}</div>', "about")
    with st.container(horizontal=True, wrap=False, key="look", gap="xsmall", vertical_alignment="center"):
        st.text_input(
            "Find a node", key="circuit_find", placeholder="Find a node: label, token, site or id",
            icon=":material/search:", label_visibility="collapsed",
        )  # fmt: skip
        _walk(shown, None)
    title = f"{len(shown.matches)} found" if shown.query else "Strongest nodes"
    note = "click a row or a node to read it" if shown.matches else "nothing has these words"
    rows = node_card.ranked(shown.matches, shown.part, shown.labels, shown.mine)
    with st.container(key="ranked"):
        clickable(head(title, note) + rows, "top", lambda: _clicked("top", shown))
    if shown.points:
        picture = curve.chart(shown.points, shown.reading)
        clickable(head("Faithfulness", "of these nodes alone, by their number") + picture, "faith")
    clickable(_errors(shown), "errors_share")


def _errors(shown: Screen) -> str:
    nodes = [n for n in shown.part.nodes if n.site is not None]
    errors = [n for n in nodes if n.is_error]
    total = sum(abs(n.effect) for n in nodes) or 1.0
    if not errors:
        return meta("no SAE errors on screen")
    share = sum(abs(n.effect) for n in errors) / total
    return meta(
        f"<b>{len(errors)}</b> SAE error{'s' if len(errors) != 1 else ''} carry <b>{share:.0%}</b>"
        " of the effect on screen"
    )


def _walk(shown: Screen, node: CircuitNode | None) -> None:
    """J and K through the nodes on screen, strongest first; Escape or ✕ back to the overview."""
    order = [n for n in shown.part.nodes if n.site is not None]
    at = next((i for i, n in enumerate(order) if node is not None and n.id == node.id), -1)
    after = order[at + 1] if at + 1 < len(order) else None
    before = order[at - 1] if at > 0 else None
    with st.container(horizontal=True, wrap=False, key="walk", gap="xsmall"):
        for label, key, to in (("‹", "k", before), ("›", "j", after)):
            st.button(
                label, shortcut=key, key=f"walk_{key}", type="tertiary", disabled=to is None,
                on_click=_go, args=(to,),
                help="Stronger node" if key == "k" else "Next weaker node",
            )  # fmt: skip
        if node is not None:
            st.button(
                "✕",
                key="walk_close",
                type="tertiary",
                on_click=_go,
                args=(None,),
                help="Back to the overview",
            )


# ---- a node ---------------------------------------------------------------------------------------


def _card(shown: Screen, node: CircuitNode) -> None:
    store, ref = world.store(), node.ref
    card = store.features.card(ref) if ref is not None and not node.is_error else None
    top = max((abs(n.effect) for n in shown.graph.nodes if n.site is not None), default=1.0)
    with st.container(horizontal=True, wrap=False, key="caption", gap="xsmall"):
        clickable(node_card.caption(node, shown.labels, shown.graph.summary.tokens), "node_caption")
        _walk(shown, node)
    if node.site is None:
        clickable(_output(shown), "facts")
    else:
        clickable(node_card.facts(node, card, top), "facts")
    if card is not None and ref is not None:
        lines = parts.strips(
            [s for b in store.features.contexts(ref, per_bin=6) if b.bin == 0 for s in b.strips], card.maximum
        )
        clickable(head("Contexts", "strongest first") + lines, "strips")
    nodes = {n.id: n for n in shown.graph.nodes}
    edges = node_card.in_out(node, shown.part.edges, nodes, shown.labels)
    also = ""
    if card is not None and ref is not None:
        found = store.features.circuits(ref, limit=4)
        also = node_card.also_in(found, card.n_circuits, shown.graph.summary.id, str(ref))
    clickable(edges + also, "io", lambda: _clicked("io", shown))
    if ref is not None and card is not None:
        judging.bar(str(ref), shown.graph.summary.id, lambda: _go(_unjudged(shown, node)))


def _output(shown: Screen) -> str:
    s = shown.graph.summary
    points = shown.points
    said = f'<p class="say">{esc(s.sign)}</p>'
    if not points:
        return said
    ends = f"whole model <b>{num(points[0].m_model)}</b>, everything ablated <b>{num(points[0].m_empty)}</b>"
    return said + meta(ends) + head("Faithfulness", "by number of nodes") + curve.chart(points, shown.reading)


def _unjudged(shown: Screen, node: CircuitNode) -> CircuitNode | None:
    """The next feature on screen, by strength, that the annotator has not judged; it wraps around."""
    order = [n for n in shown.part.nodes if n.site is not None and not n.is_error]
    at = next((i for i, n in enumerate(order) if n.id == node.id), -1)
    rest = order[at + 1 :] + order[: max(at, 0)]
    return next((n for n in rest if str(n.ref) not in shown.mine), node)

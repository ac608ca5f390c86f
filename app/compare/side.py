"""Beside the drawing of two circuits: how much they have in common, the selected node, the list of nodes."""

from __future__ import annotations

import streamlit as st

from app import address, world
from app.circuit.view import CircuitView
from app.compare.pair import LISTS, Compared
from app.compare.view import CompareView
from app.features.view import FeaturesView
from app.shared.clickable import clickable
from app.shared.html import Html, esc, joined
from app.shared.text import head, link, meta, num
from explorer_engine.circuits.comparison import ComparedNode
from explorer_engine.drawing.feature_parts import pattern
from explorer_engine.drawing.strips import strips
from explorer_engine.drawing.tokens import name_or_tokens
from explorer_engine.sites import FeatureRef

__all__ = ["PAPER", "WEIGHTED", "side"]

state = st.session_state
View = CompareView
_LISTED = 80
PAPER = (
    "Common features as a share of the larger circuit’s, so that both share at least this much. The paper "
    "(App. F.1) says that its circuits for agreement across a relative clause and across a prepositional "
    "phrase “share over 85% of their features”, without a formula: this is the strictest reading."
)
WEIGHTED = (
    "Sum, over the features in both, of the smaller of its two shares of effect: Σ min(p, q), with "
    "p = |effect| / Σ |effect| over the circuit’s features. A feature that supports the answer in one "
    "circuit and opposes it in the other counts 0."
)
_FEATURES = (
    "Common features as a share of the features in either circuit; SAE errors left out, positions summed."
)


def side(shown: Compared) -> None:
    """Overlap and list; with a node selected, its card in place of the overlap."""
    node = shown.selected
    if node is None:
        clickable(_overlap(shown), "compare_overlap")
    _walk(shown)
    if node is not None:
        _card(shown, node)
    with st.container(key="compare_listed"):
        clickable(_listed(shown), "compare_list", _clicked)


# ---- nothing selected -----------------------------------------------------------------------------


def _overlap(shown: Compared) -> Html:
    pair = shown.pair
    found, whole = pair.comparison.overlap, pair.comparison
    if pair.strange:
        return head("Overlap") + Html('<p class="explanation">{}.</p>').format(pair.strange.rstrip("."))
    own = found.here - found.common, found.there - found.common
    bar = Html(
        '<div class="overlap-bar" role="img" aria-label="{} only in A, {} in both, {} only in B">'
        '<i class="in-a" style="flex:{}"></i><i class="in-both" style="flex:{}"></i>'
        '<i class="in-b" style="flex:{}"></i></div>'
        '<div class="overlap-ends"><span><b>{}</b> only A</span><span><b>{}</b> in both</span>'
        "<span><b>{}</b> only B</span></div>"
    ).format(own[0], found.common, own[1], own[0], found.common, own[1], own[0], found.common, own[1])
    rows = [
        ("Features in common", f"{found.common} of {found.either}", found.features, _FEATURES),
        (
            "Share of the larger circuit",
            f"{found.common} of {max(found.here, found.there)}",
            found.shared,
            PAPER,
        ),
        ("Weighted by effect", "Σ min(p, q)", found.weighted, WEIGHTED),
    ]
    if pair.columns is not None:
        both = sum(n.side == "both" for n in whole.nodes)
        hint = "Nodes, SAE errors included, that both have at the same position of the template."
        rows.append(
            ("Nodes at one position", f"{both} of {len(whole.nodes)}", _share(both, len(whole.nodes)), hint)
        )
    edges = sum(e.side == "both" for e in whole.edges)
    hint = "Edges between the same two nodes, as a share of the edges of either circuit."
    rows.append(
        ("Edges in common", f"{edges:,} of {len(whole.edges):,}", _share(edges, len(whole.edges)), hint)
    )
    lines = joined(
        Html('<div class="overlap-row" title="{}"><span>{}</span><em>{}</em><b>{:.0%}</b></div>').format(
            hint, word, counts, share
        )
        for word, counts, share, hint in rows
    )
    note = "whole circuits, SAE errors left out"
    return (
        head("Overlap", note)
        + bar
        + Html('<div class="overlap-rows">{}</div>{}').format(lines, _paper(shown))
    )


def _paper(shown: Compared) -> Html:
    """What the paper says of its agreement circuits, under two circuits of pairs."""
    a, b = shown.pair.here.summary, shown.pair.there.summary
    if not a.kind == b.kind == "contrast":
        return Html("")
    return Html(
        '<p class="quiet" title="{}">The paper: agreement across a relative clause and across a '
        "prepositional phrase “share over 85% of their features”; "
        "here <b>{:.0%}</b> of the larger circuit’s.</p>"
    ).format(PAPER, shown.pair.comparison.overlap.shared)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


# ---- the list of nodes ----------------------------------------------------------------------------


def _values(shown: Compared, node: ComparedNode) -> tuple[str, str, str]:
    """Effect in A, in B and the difference; in per cent of each circuit's where they are of two metrics."""
    if shown.pair.same_metric:
        return num(node.here, True), num(node.there, True), num(node.difference, True)

    def share(value: float, effect: float | None) -> str:
        return "–" if effect is None else num(100 * (value if effect >= 0 else -value), True)

    return (
        share(node.here_share, node.here),
        share(node.there_share, node.there),
        num(100 * node.share_difference, True),
    )


def _listed(shown: Compared) -> Html:
    listed, view = shown.listed, shown.view
    counts = {
        side: sum(n.side == side for n in shown.pair.comparison.nodes) for side in ("both", "here", "there")
    }
    counts["all"] = sum(counts.values())
    switch = joined(
        Html('<button data-act="which" data-value="{}" aria-pressed="{}">{} <em>{}</em></button>').format(
            value, str(value == view.which).lower(), word, counts[value]
        )
        for value, word in LISTS.items()
    )
    unit = "" if shown.pair.same_metric else " %"
    hint = (
        "Effects on the metric, positive where they support the answer; Δ = B − A"
        if shown.pair.same_metric
        else "The metrics differ, so effects are in per cent of all effect in their circuit, positive where "
        "they support the answer; Δ = B − A in points"
    )
    heads = Html(
        '<div class="row row-compared column-heads" title="{}"><span></span>'
        "<span>largest difference first</span><span></span>"
        '<span class="number">A{}</span><span class="number">B{}</span><span class="number">Δ</span></div>'
    ).format(hint, unit, unit)
    drawn = {n.id for n in shown.part.nodes}
    rows = joined(_row(shown, n, n.id in drawn) for n in listed[:_LISTED])
    more = Html('<div class="meta">{:,} more with smaller differences: in the file</div>').format(
        len(listed) - _LISTED
    )
    none = Html('<div class="meta">No node here.</div>')
    body = Html('<div class="rows">{}{}</div>').format(heads, rows if listed else none)
    switch = Html('<div class="switch small" role="group" aria-label="Nodes listed">{}</div>').format(switch)
    return (
        head("Nodes", Html('<span title="{}">effects and their difference</span>').format(hint))
        + switch
        + body
        + (more if len(listed) > _LISTED else "")
    )


def _row(shown: Compared, node: ComparedNode, drawn: bool) -> Html:
    chosen = node.id == shown.view.node
    return Html(
        '<div class="row row-compared{}" tabindex="0" role="link" data-act="node" data-value="{}" '
        'title="{}{}"{}>'
        '<i class="which-mark in-{}"></i><span class="label">{}</span><span class="id">{}</span>'
        '<span class="number">{}</span><span class="number">{}</span><span class="number">{}</span></div>'
    ).format(
        "" if drawn else " not-drawn", node.id, node.id, "" if drawn else " (not drawn: too weak)",
        Html(' aria-current="true"') if chosen else "",
        {"both": "both", "here": "a", "there": "b"}[node.side], _name(shown, node), node.site,
        *_values(shown, node),
    )  # fmt: skip


def _name(shown: Compared, node: ComparedNode) -> Html:
    if node.is_error:
        return Html('<span class="unlabelled">SAE error of {}</span>').format(node.site)
    ref = FeatureRef(node.site, node.feature)
    tokens = shown.pair.here.top_tokens.get(ref) or shown.pair.there.top_tokens.get(ref, ())
    label = shown.labels.get(node.ref)
    if label is None and not tokens:
        return Html('<span class="unlabelled">feature {}</span>').format(node.feature)
    return name_or_tokens(label, tokens)


def _clicked() -> None:
    act = state.compare_list.act
    if act and act["act"] == "node":
        address.update(View, node=act["value"])
    elif act and act["act"] == "which" and act["value"] in LISTS:
        address.update(View, which=act["value"])


def _go(node: str | None) -> None:
    address.update(View, node=node)


def _walk(shown: Compared) -> None:
    """J and K through the list; Escape in the drawing or ✕ back to the overlap."""
    order, here = [n.id for n in shown.listed], shown.view.node
    at = order.index(here) if here in order else -1
    after = order[at + 1] if at + 1 < len(order) else None
    before = order[at - 1] if at > 0 else None
    with st.container(horizontal=True, wrap=False, key="compare_walk", gap="xsmall"):
        for label, key, to, hint in (
            ("‹", "k", before, "The node before"), ("›", "j", after, "The next node of the list")
        ):  # fmt: skip
            st.button(
                label, shortcut=key, key=f"compare_{key}", type="tertiary", disabled=to is None, help=hint,
                on_click=_go, args=(to,),
            )  # fmt: skip
        if here is not None:
            st.button(
                "✕",
                key="compare_close",
                type="tertiary",
                help="Back to the overlap",
                on_click=_go,
                args=(None,),
            )


# ---- a node ---------------------------------------------------------------------------------------


def _card(shown: Compared, node: ComparedNode) -> None:
    clickable(_caption(shown, node), "compare_caption")
    a, b, difference = _values(shown, node)
    unit = "" if shown.pair.same_metric else " %"
    figures = Html(
        '<div class="node-facts"><div><em>effect in A{}</em><b>{}</b></div>'
        "<div><em>effect in B{}</em><b>{}</b></div>"
        "<div><em>difference</em><b>{}</b></div></div>"
    ).format(unit, a, unit, b, difference)
    graphs = (shown.pair.here, shown.pair.there)
    ref = FeatureRef(node.site, node.feature)
    if node.is_error or not any(ref in g.top_tokens for g in graphs):
        clickable(figures, "compare_facts")
        return
    card = world.store().features.card(ref)
    lines = [s for b in world.store().features.contexts(ref, per_bin=5) if b.bin == 0 for s in b.strips]
    label = shown.labels.get(node.ref)
    told = (
        figures
        + pattern(card.pattern, label)
        + head("Contexts", "strongest first")
        + strips(lines, card.maximum)
    )
    clickable(told, "compare_facts")


def _caption(shown: Compared, node: ComparedNode) -> Html:
    view, pair = shown.view, shown.pair
    circuits = [
        link(f"in {name}", address.href(CircuitView(graph.summary.id, node=node.ref), there))
        for name, graph, effect, there in (
            ("A", pair.here, node.here, None), ("B", pair.there, node.there, view.world_b)
        )
        if effect is not None
    ]  # fmt: skip
    ref = FeatureRef(node.site, node.feature)
    known = not node.is_error and any(ref in g.top_tokens for g in (pair.here, pair.there))
    page = [link("feature page", address.href(FeaturesView(ref)))] if known else []
    at = node.position
    where = [esc(f"at “{pair.titles[at]}”")] if pair.titles and at is not None and pair.titles[at] else []
    return Html('<div class="title">{}</div>').format(_name(shown, node)) + meta(
        Html('<span class="id">{}</span>').format(node.ref), *where, *circuits, *page
    )

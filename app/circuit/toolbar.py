"""The Circuit page's bar: which circuit, how much of it, how faithful that is; and the legend."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import address
from app.circuit import chooser, faithfulness
from app.circuit.curve import small_chart
from app.circuit.screen import Screen, switched
from app.circuit.view import CircuitView
from app.shared import graph
from app.shared.clickable import clickable
from app.shared.html import Html
from app.shared.text import num
from explorer_engine.circuits.circuit import ERROR, POINTS, Circuit
from explorer_engine.drawing.circuit import METRICS
from explorer_engine.formats.attribution_graph_in import SUMS
from explorer_engine.formats.circuit_files import FORMS, Form
from explorer_engine.formats.labelled_circuit import circuit_file

__all__ = ["bar", "caption", "legend", "method"]

state = st.session_state
View = CircuitView
METHODS = {
    "attribution": "first-order attribution",
    "exact": "exact patching",
    SUMS: "the weights of a node’s links out, added up",
    "unknown": "found in a way that the file does not say",
}
RULES = {"left": "left", "midpoint": "midpoint", "gauss": "Gauss"}
"""Rule's name in the store → as it is said."""


def bar(shown: Screen) -> None:
    """One line above the drawing; every control writes the address."""
    with st.container(
        horizontal=True, vertical_alignment="center", key="circuit_bar", wrap=False, gap="medium"
    ):
        with st.container(key="circuit_title", gap=None):
            chooser.choose(shown.graph.summary)
        _threshold("Nodes >", "nodes", shown.node_steps, shown.node)
        _threshold("Edges >", "edges", shown.edge_steps, shown.edge)
        _switch("Errors", shown.view.errors, lambda on: {"errors": on})
        if shown.resolved or shown.other is not None:
            _switch("Positions", shown.resolved and not shown.view.summed, lambda on: _positions(shown, on))
        with st.container(width="content", key="circuit_status"):
            clickable(_status(shown), "stat", _overview)
        _takeaway(shown)


def _threshold(label: str, field: str, options: tuple[float, ...], value: float) -> None:
    key = f"circuit_{field}"
    state[key] = value
    st.select_slider(
        label, options, key=key, format_func=lambda v: f"{v:g}",
        on_change=lambda: _change({field: state[key]}),
    )  # fmt: skip


def _switch(label: str, value: bool, changes: Callable[[bool], dict[str, object]]) -> None:
    """A toggle; `changes` says what becomes of the address."""
    key = f"circuit_{label.lower()}"
    state[key] = value
    st.toggle(label, key=key, on_change=lambda: _change(changes(state[key])))


def _change(changes: dict[str, object]) -> None:
    address.update(View, **changes)


def _positions(shown: Screen, apart: bool) -> dict[str, object]:
    """The circuit with positions the other way; a world of before has only one, whose positions are added."""
    if shown.other is not None:
        return switched(shown.view, shown.other)
    return {"summed": not apart, "nodes": None, "edges": None}


def _overview() -> None:
    if (act := state.stat.act) and act["act"] == "overview":
        address.update(View, node=None)


def _status(shown: Screen) -> Html:
    summary, now, whole = shown.graph.summary, shown.faithfulness, shown.graph.circuit
    counts = Html("<b>{:,}</b> of {:,} nodes<span class=separator>·</span><b>{:,}</b> of {:,} edges").format(
        shown.n_nodes, len(whole.nodes), len(shown.part.edges), len(whole.edges)
    )
    if now:
        roughly = "" if now.measured else "≈ "
        said = Html("faithfulness <b>{}{}</b><span class=separator>·</span>complement <b>{}{}</b>").format(
            roughly, _share(now.faithfulness), roughly, _share(now.completeness)
        )
    elif not shown.curves:
        said = "faithfulness not measured"
    else:
        said = "measured with positions" if shown.view.summed else "outside the measured range"
    picture = small_chart(shown.curves, now)
    return Html(
        '<div class="status" role="button" tabindex="0" data-act="overview" data-value="{}" '
        'title="{}">'
        "<span>{}<br>{}</span>{}</div>"
    ).format(summary.id, faithfulness.hint(shown), counts, said, picture)


def _share(value: float) -> str:
    """Two decimals, a real minus, never −0."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def _takeaway(shown: Screen) -> None:
    with (
        st.popover("", icon=":material/more_horiz:", type="tertiary", help="Take away", key="circuit_more"),
        st.container(key="take_away"),
    ):
        for name, form in FORMS.items():
            _download(shown, f"circuit_{name}", f"On screen: {form.title}", form, "-excerpt", shown.part)
        form = FORMS["json"]
        _download(shown, "circuit_whole", f"Whole: {form.title}", form, "", shown.graph.circuit)
        graph.picture_buttons("circuit_drawing")


def _download(shown: Screen, key: str, label: str, form: Form, what: str, circuit: Circuit) -> None:
    summary = shown.graph.summary
    st.download_button(
        label, key=key, on_click="ignore", mime=form.mime, width="stretch",
        file_name=f"{summary.id}{what}{form.ending}",
        data=lambda: circuit_file(form, summary, circuit, shown.labels),
    )  # fmt: skip


def caption(shown: Screen) -> tuple[str, ...]:
    """What stands under a saved picture: title, how much is drawn, what was measured, what colours mean."""
    s, whole, drawn = shown.graph.summary, shown.graph.circuit, shown.part
    errors = "" if shown.view.errors else ", without SAE errors"
    return (
        f"{s.title} ({s.id})",
        f"{shown.n_nodes} of {len(whole.nodes):,} nodes, with effects above {shown.node:g}{errors}, "
        f"{len(drawn.edges)} of {len(whole.edges):,} edges, with weights above {shown.edge:g}.",
        f"Effect {_how(shown)}.",
        f"Metric: {METRICS.get(s.metric, s.metric)}. {_sentence(s.sign)} "
        "Blue: positive effect; red: negative; triangles: SAE errors.",
    )


def _how(shown: Screen) -> str:
    """How effects were measured, in words."""
    s = shown.graph.summary
    baseline = {"patch": "against the patch", "zero": "against zero ablation", "unknown": ""}
    where = "summed over positions" if shown.view.summed or not shown.resolved else "at each position"
    parts = (
        baseline.get(s.baseline, s.baseline),
        method(shown.graph.circuit),
        where,
        f"mean of {s.n_examples:,}" if s.n_examples > 1 else "",
    )
    return ", ".join(part for part in parts if part)


def legend(shown: Screen) -> Html:
    """Under the drawing: what the colours mean, what was measured and how."""
    s, how = shown.graph.summary, _how(shown)
    stored = f"stored above {num(s.node_threshold)} (nodes) and {num(s.edge_threshold)} (edges)"
    return Html(
        '<div class="footnote two-rows"><div><span class="legend">'
        '<i class="swatch positive"></i>positive effect<i class="swatch negative"></i>'
        "negative"
        '<i class="triangle">△</i>SAE error<i class="thin-edge"></i>'
        '<i class="thick-edge"></i>edge weight</span>'
        '<span class="method" title="{}">effect {}</span></div>'
        '<div><span class="method" title="{}">'
        "Metric: {}. {}</span></div></div>"
    ).format(stored, how, s.sign, METRICS.get(s.metric, s.metric), _sentence(s.sign))


def method(circuit: Circuit) -> str:
    """How effects were found; of integrated gradients their points, and how far off these were measured."""
    name, rule = circuit.method["name"], circuit.method.get("rule") or "left"
    if name != "ig":
        return METHODS.get(name) or str(name)
    rule = RULES.get(rule, rule)
    points = circuit.provenance.get(POINTS)
    if not points and circuit.method.get("steps") is None:
        return "integrated gradients"
    if not points:
        return f"integrated gradients in {circuit.method['steps']} {rule} steps"
    fewest, most = min(points.values()), max(points.values())
    off = circuit.provenance[ERROR]
    steps = f"{most}" if fewest == most else f"{fewest}–{most}"
    return f"integrated gradients in {steps} {rule} steps a site (effects off by {off:.1%})"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""

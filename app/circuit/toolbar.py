"""The Circuit page's bar: which circuit, how much of it, how faithful that is; and the legend."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import address, names, world
from app.circuit import faithfulness, graph
from app.circuit.curve import small_chart
from app.circuit.files import circuit_file
from app.circuit.screen import METRICS, Screen, switched
from app.circuit.view import CircuitView
from app.shared.clickable import clickable
from app.shared.html import Html, esc, joined, still
from app.shared.text import head, num, plain
from explorer_engine.circuits.circuit import ERROR, POINTS, Circuit
from explorer_engine.formats.circuit_files import FORMS, Form
from explorer_engine.store.values import CircuitSummary

__all__ = ["bar", "legend", "method"]

state = st.session_state
View = CircuitView
KINDS = {"contrast": "Contrasts", "behaviour": "Behaviours", "classifier": "Classifiers"}
METHODS = {"attribution": "first-order attribution", "exact": "exact patching"}
RULES = {"left": "left", "midpoint": "midpoint", "gauss": "Gauss"}
"""Rule's name in the store → as it is said."""
_LISTED = 60


def bar(shown: Screen) -> None:
    """One line above the drawing; every control writes the address."""
    with st.container(
        horizontal=True, vertical_alignment="center", key="circuit_bar", wrap=False, gap="medium"
    ):
        with st.container(key="circuit_title", gap=None):
            _choose(shown.graph.summary)
        _threshold("Nodes >", "nodes", shown.node_steps, shown.node)
        _threshold("Edges >", "edges", shown.edge_steps, shown.edge)
        _switch("Errors", shown.view.errors, lambda on: {"errors": on})
        if shown.resolved or shown.other is not None:
            _switch("Positions", shown.resolved and not shown.view.summed, lambda on: _positions(shown, on))
        with st.container(width="content", key="circuit_status"):
            clickable(_status(shown), "stat", _overview)
        _takeaway(shown)


def _choose(summary: CircuitSummary) -> None:
    """The circuit's title opens the list of all circuits, with search."""
    behaviour = -1 if summary.behaviour is None else summary.behaviour
    title = plain(names.behaviour_labels().get(behaviour, summary.title))
    with st.popover(title, type="tertiary", key="choose", on_change="rerun", width="stretch") as box:
        if box.open:
            text = st.text_input(
                "Search circuits", key="choose_text", placeholder="Title or id", label_visibility="collapsed",
                icon=":material/search:",
            )  # fmt: skip
            page = world.store().circuits.page(text=text, limit=_LISTED)
            with st.container(key="choose_list"):
                clickable(_list(page.rows, page.total, summary.id), "choose_rows", _chosen)
    still(Html('<div class="meta">{}</div>').format(_what(summary)))


def _what(summary: CircuitSummary) -> Html:
    unit = {"behaviour": "contexts", "contrast": "pairs"}.get(summary.kind, "texts")
    kind = esc(KINDS.get(summary.kind, summary.kind))
    return Html('{}<span class="separator">·</span><b>{}</b> {}').format(kind, summary.n_examples, unit)


def _list(rows: tuple[CircuitSummary, ...], total: int, here: str) -> Html:
    out, kind = [], None
    for row in rows:
        if row.kind != kind:
            kind = row.kind
            out.append(head(KINDS.get(kind, kind)))
        out.append(
            Html(
                '<div class="row row-circuit-choice" role="option" tabindex="0" '
                'aria-selected="{}" '
                'data-act="open" data-value="{}"><span class="label">{}</span>'
                '<span class="number">{}</span></div>'
            ).format(str(row.id == here).lower(), row.id, row.title, row.n_nodes)
        )
    more = (
        Html('<div class="meta">{:,} more: search</div>').format(total - len(rows))
        if total > len(rows)
        else ""
    )
    none = "" if rows else Html('<div class="meta">No circuit matches.</div>')
    return Html('<div class="rows" role="listbox">{}</div>{}{}').format(joined(out), more, none)


def _chosen() -> None:
    if act := state.choose_rows.act:
        state.circuit_find = ""
        state.choose = False
        address.write(View(circuit=act["value"]))


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
    counts = Html("<b>{}</b> of {} nodes<span class=separator>·</span><b>{}</b> of {:,} edges").format(
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
    with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Take away", key="circuit_more"):
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


def legend(shown: Screen) -> Html:
    """Under the drawing: what the colours mean, what was measured and how."""
    s = shown.graph.summary
    baseline = {"patch": "against the patch", "zero": "against zero ablation"}
    where = "summed over positions" if shown.view.summed or not shown.resolved else "at each position"
    how = ", ".join(
        (
            baseline.get(s.baseline, s.baseline),
            method(shown.graph.circuit),
            where,
            f"mean of {s.n_examples:,}",
        )
    )
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
    if circuit.method["name"] != "ig":
        return METHODS[circuit.method["name"]]
    rule = RULES[circuit.method.get("rule", "left")]
    points = circuit.provenance.get(POINTS)
    if points is None:
        return f"integrated gradients in {circuit.method['steps']} {rule} steps"
    fewest, most = min(points.values()), max(points.values())
    off = circuit.provenance[ERROR]
    steps = f"{most}" if fewest == most else f"{fewest}–{most}"
    return f"integrated gradients in {steps} {rule} steps a site (effects off by {off:.1%})"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""

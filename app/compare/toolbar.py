"""The Compare page's bars: which circuits and which view, how much is drawn, what to take away; legend."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from app import address, session
from app.compare import chooser
from app.compare.pair import EDGES, NODES, SHOWN, Compared, Pair, title_of
from app.compare.view import CompareView
from app.shared import graph
from app.shared.clickable import clickable
from app.shared.html import Html, joined, still
from explorer_engine.circuits.comparison import Comparison
from explorer_engine.formats.comparison_json import comparison_to_json

__all__ = ["DRAWN", "amounts", "bar", "caption", "legend", "views"]

state = st.session_state
FIRST = "first"
"""For `CompareView.kind`: the first group, said so that the address is not a bare one."""
View = CompareView
DRAWN = {"drawing": ("compare_both",), "sides": ("compare_here", "compare_there")}
"""Way to look at a pair → keys of its drawings."""


def bar(shown: Compared) -> None:
    """Both circuits, the switch of views, the files."""
    with st.container(horizontal=True, vertical_alignment="center", key="compare_bar", gap="small"):
        with st.container(key="compare_a", gap=None):
            chooser.choose(shown, "a")
        chooser.swap(shown)
        with st.container(key="compare_b", gap=None):
            chooser.choose(shown, "b")
        views(shown.view.show)
        _takeaway(shown)


def views(here: str) -> None:
    """One drawing, side by side, or the matrix; the matrix before any pair has no switch."""
    if here == "matrix" and _before() is None:
        return
    buttons = joined(
        Html('<button data-act="show" data-value="{}" aria-pressed="{}">{}</button>').format(
            value, str(value == here).lower(), word
        )
        for value, word in {**SHOWN, "matrix": "Matrix"}.items()
    )
    with st.container(key="compare_views", width="content"):
        switch = Html('<div class="switch" role="group" aria-label="View">{}</div>')
        clickable(switch.format(buttons), "compare_show", _show)


def _before() -> View | None:
    """The pair that was on screen before the matrix."""
    return session.here().get("compared")


def _show() -> None:
    act, last = state.compare_show.act, address.update(View)
    if not act:
        return
    if act["value"] == "matrix":
        if last.a is not None:
            session.here()["compared"] = last
            address.write(View(kind=last.kind or FIRST, by=last.by))
    elif act["value"] in SHOWN:
        pair = last if last.a is not None else _before()
        if pair is not None:
            address.write(pair)
            address.update(View, show=act["value"])


def amounts(shown: Compared) -> None:
    """How much is drawn; every control writes the address."""
    view = shown.view
    with st.container(horizontal=True, vertical_alignment="center", key="compare_amounts", gap="medium"):
        _amount("Nodes of each", "nodes", NODES, view.nodes)
        _amount("Edges of each", "edges", EDGES, view.edges)
        _switch("Errors", view.errors, lambda on: {"errors": on})
        if shown.pair.apart:
            _switch("Positions", not view.summed, lambda on: {"summed": not on})


def _amount(label: str, field: str, options: tuple[int, ...], value: int) -> None:
    key = f"compare_{field}"
    state[key] = value
    st.select_slider(label, options, key=key, on_change=_change, args=(key, lambda value: {field: value}))


def _switch(label: str, value: bool, changes: Callable[[bool], dict[str, object]]) -> None:
    key = f"compare_{label.lower()}"
    state[key] = value
    st.toggle(label, key=key, on_change=_change, args=(key, changes))


def _change(key: str, changes: Callable[[Any], dict[str, object]]) -> None:
    address.update(View, **changes(state[key]))


def _takeaway(shown: Compared) -> None:
    ids = f"{shown.pair.here.summary.id}-{shown.pair.there.summary.id}"
    with (
        st.popover("", icon=":material/more_horiz:", type="tertiary", help="Take away", key="compare_more"),
        st.container(key="take_away"),
    ):
        for key, what, part in (
            ("whole", "Whole comparison (JSON)", shown.pair.comparison),
            ("part", "On screen (JSON)", shown.part),
        ):
            st.download_button(
                what, key=f"compare_{key}", on_click="ignore", mime="application/json", width="stretch",
                file_name=f"compare-{ids}{'' if key == 'whole' else '-excerpt'}.json",
                data=lambda part=part: _json(shown, part),
            )  # fmt: skip
        keys = DRAWN["sides" if len(shown.drawings) > 1 else "drawing"]
        for key, name in zip(keys, ("A", "B") if len(keys) > 1 else ("",), strict=True):
            if name:
                still(
                    Html('<div class="meta">{}</div>').format(f"{name}: {_titles(shown.pair)[name == 'B']}")
                )
            graph.picture_buttons(key)


def _json(shown: Compared, part: Comparison) -> str:
    view, pair = shown.view, shown.pair
    drawn = {"nodes_of_each": view.nodes, "edges_of_each": view.edges, "errors": view.errors}
    values = comparison_to_json(
        pair.here.summary, pair.there.summary, part, shown.labels, pair.columns,
        drawn | {"positions": "apart" if pair.columns is not None else "summed"}, date.today(),
    )  # fmt: skip
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _titles(pair: Pair) -> tuple[str, str]:
    return title_of(pair.here), title_of(pair.there)


def caption(shown: Compared) -> tuple[str, ...]:
    """What stands under a saved picture: title, how much is drawn, what the colours mean."""
    pair, view = shown.pair, shown.view
    a, b = _titles(pair)
    errors = "" if view.errors else ", without SAE errors"
    return (
        f"A: {a} ({pair.here.summary.id}) · B: {b} ({pair.there.summary.id})",
        f"{view.nodes} strongest nodes and {view.edges} strongest edges of each{errors}; {_places(pair)}. "
        "Grey: in both circuits, the bar says whose share of effect is larger; violet: only in A; "
        "olive: only in B.",
    )


def _places(pair: Pair) -> str:
    if pair.columns is not None:
        return "positions matched by the template"
    if pair.added is not None:
        return f"positions of {pair.added} summed"
    return "positions summed"


def legend(shown: Compared) -> Html:
    """Under the drawing: what colours, sizes and columns mean."""
    n = {side: sum(node.side == side for node in shown.part.nodes) for side in ("both", "here", "there")}
    how = _places(shown.pair)
    if shown.pair.columns is not None:
        how += ": the token that differs between clean and patch, then the last"
    return Html(
        '<div class="footnote two-rows compare-legend"><div><span class="legend">'
        '<i class="swatch in-both"></i>in both <b>{}</b><i class="swatch in-a"></i>only A <b>{}</b>'
        '<i class="swatch in-b"></i>only B <b>{}</b><i class="triangle">△</i>SAE error'
        '<i class="balance"><s></s></i>whose share is larger</span></div>'
        '<div><span class="method" title="{}">size: |effect| as a share of its circuit’s; {}</span>'
        "</div></div>"
    ).format(n["both"], n["here"], n["there"], how, how)

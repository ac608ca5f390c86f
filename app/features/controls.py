"""The controls over the list of features, and the question to the store that they make."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import reduce
from operator import and_
from typing import Any

import streamlit as st

from app import names, world
from app.address import update
from app.features.view import FeaturesView as View
from explorer_engine.errors import InputError
from explorer_engine.sites import KINDS
from explorer_engine.store.queries.features import FeatureQuery

__all__ = ["controls", "meaning", "query_of"]

DENSITIES = {
    "0": "0",
    "1e-5": "10⁻⁵",
    "1e-4": "10⁻⁴",
    "1e-3": "10⁻³",
    "1e-2": "10⁻²",
    "1e-1": "10⁻¹",
    "1": "1",
}
ENDS = ("0", "1")
FILTERS = {"labelled": "Labelled", "explained": "Explained", "judged": "Judged", "circuit": "In a circuit"}
MEANINGS = {
    "labelled": "labelled by people or annotations",
    "explained": "explained by programs",
    "judged": "judged by people",
}
"""Filters whose name leaves open by whom."""
state = st.session_state


def changed(field: str, key: str) -> None:
    """A control of the list was moved: the list starts again at its first page."""
    value: Any = state[key]
    if field == "density" and tuple(value) == ENDS:
        value = ()
    update(View, **{field: value if isinstance(value, str) else tuple(value), "page": 1})


def controls(view: View, n_layers: int) -> None:
    """Search and filters; the address owns their values. Nothing chosen = everything."""
    state.f_q, state.f_kinds, state.f_only = view.q, list(view.kinds), [f for f in FILTERS if f in view.only]
    state.f_layers, state.f_density = list(view.layers), view.density or ENDS
    st.text_input(
        "Search", key="f_q", placeholder="Label, token or id, e.g. resid_2/31", icon=":material/search:",
        label_visibility="collapsed", on_change=changed, args=("q", "f_q"),
    )  # fmt: skip

    def pills(name: str, field: str, options: list[str], show: dict[str, str] | None = None) -> None:
        key = f"f_{field}"
        st.pills(
            name, options, selection_mode="multi", key=key, label_visibility="collapsed",
            format_func=(show or {}).get if show else str, on_change=changed, args=(field, key),  # type: ignore[arg-type]
        )  # fmt: skip

    with st.container(key="feature_filters", gap="xsmall"):
        with st.container(horizontal=True, wrap=False, gap="small"):
            pills("Site", "kinds", list(KINDS))
            pills("Layer", "layers", [str(i) for i in range(n_layers)])
        st.select_slider(
            "Density", list(DENSITIES), value=ENDS, key="f_density", format_func=DENSITIES.__getitem__,
            on_change=changed, args=("density", "f_density"),
        )  # fmt: skip
        explained = "explained" in view.only or world.judgements().explanations.n > 0
        pills("More", "only", [f for f in FILTERS if f != "explained" or explained], FILTERS)


def meaning(view: View) -> str:
    """What the filters chosen mean, in words; empty where their names say all."""
    return "; ".join(words for name, words in MEANINGS.items() if name in view.only)


def query_of(view: View) -> FeatureQuery:
    """The store's question behind the list."""
    asked: dict[str, Callable[[], Set[str]]] = {
        "labelled": lambda: names.told_labels().keys(),
        "explained": names.explained,
        "judged": lambda: set(world.judgements().judged()),
    }
    chosen = [told() for name, told in asked.items() if name in view.only]
    among = reduce(and_, map(frozenset, chosen)) if chosen else None
    density = view.density or ENDS
    if len(density) != 2 or not {*density} <= {*DENSITIES} or not {*view.kinds} <= {*KINDS}:
        raise InputError("the address filters by something that the Features page does not know: remove it")
    if not all(layer.isdecimal() for layer in view.layers):
        raise InputError("the address filters by a layer that is not a number: remove it")
    return FeatureQuery(
        view.q,
        view.kinds,
        [int(layer) for layer in view.layers],
        None if density[0] == ENDS[0] else float(density[0]),
        None if density[1] == ENDS[1] else float(density[1]),
        in_circuit="circuit" in view.only,
        among=among,
        labels=names.found_labels(view.q),
    )

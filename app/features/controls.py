"""The controls over the list of features, and the question to the store that they make."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import names, world
from app.address import update
from app.features.view import FeaturesView as View
from explorer_engine.errors import InputError
from explorer_engine.sites import KINDS
from explorer_engine.store.queries.features import FeatureQuery

__all__ = ["controls", "query_of"]

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
FILTERS = {"labelled": "Labelled", "judged": "Judged", "circuit": "In a circuit"}
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
        pills("More", "only", list(FILTERS), FILTERS)


def query_of(view: View) -> FeatureQuery:
    """The store's question behind the list."""
    among: set[str] | None = set(names.told_labels()) if "labelled" in view.only else None
    if "judged" in view.only:
        judged = set(world.judgements().judged())
        among = judged if among is None else among & judged
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

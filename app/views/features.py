"""Features: search and filters over a dense list, and everything known about one feature beside it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import names, world
from app.address import FeaturesView as View
from app.address import read, update
from app.components import feature as pieces
from app.components.label_editor import label_editor
from app.components.paging import pager
from app.components.states import unknown, unreadable
from app.components.surface import surface
from app.reading import own_sentence
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.features import FeatureQuery

PER_PAGE = 100
KINDS = ("embed", "attn", "mlp", "resid")
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
ss = st.session_state


def select(ref: FeatureRef | None) -> None:
    update(View, feature=ref)


def pick() -> None:
    if act := ss.feature_list.act:
        select(FeatureRef.parse(act["val"]))


def changed(field: str, key: str) -> None:
    """A control of the list was moved: the list starts again at its first page."""
    value: Any = ss[key]
    if field == "density" and tuple(value) == ENDS:
        value = ()
    update(View, **{field: value if isinstance(value, str) else tuple(value), "page": 1})


def controls(view: View, n_layers: int) -> None:
    """Search and filters; the address owns their values. Nothing chosen = everything."""
    ss.f_q, ss.f_kinds, ss.f_only = view.q, list(view.kinds), [f for f in FILTERS if f in view.only]
    ss.f_layers, ss.f_density = list(view.layers), view.density or ENDS
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

    with st.container(key="ffilt", gap="xsmall"):
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
    given = names.feature_labels()
    among: set[str] | None = set(given) if "labelled" in view.only else None
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
        labels=given,
    )


def card(store: ArtefactStore, ref: FeatureRef, query: FeatureQuery) -> None:
    """Everything known about one feature."""
    facts, place = store.features.card(ref), store.features.place(query, ref)
    said = world.judgements().opinions(str(ref))
    with st.container(horizontal=True, vertical_alignment="center", key="fhead", wrap=False, gap="small"):
        with st.container(key="ftitle", width="stretch"):
            surface(
                pieces.title(facts, names.label_of(ref), sum(o.judgement is not None for o in said)),
                "feature_title",
            )
        label_editor(ref)
        for label, key, target in (
            ("Previous", "k", place.previous if place else None),
            ("Next", "j", place.next if place else None),
        ):
            st.button(
                label, shortcut=key, key=f"f_{label}", disabled=target is None,
                on_click=select, args=(target,),
            )  # fmt: skip
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        surface(pieces.facts(facts), "feature_facts")
        with st.container(key="fctx"):
            surface(pieces.contexts(store.features.contexts(ref), facts.maximum), "feature_contexts")
        own_sentence(ref, facts.maximum)
    with right, st.container(key="fside"):
        given = names.feature_labels()
        surface(pieces.ablated(facts), "feature_ablated")
        found = store.features.groups(ref)
        if found:
            tasks = {task.task: task for task in store.classifiers.tasks()}
            surface(pieces.groups(found, tasks), "feature_groups")
        circuits = store.features.circuits(ref)
        surface(pieces.circuits(circuits[:8], len(circuits), names.behaviour_labels()), "feature_circuits")
        surface(pieces.similar(store.features.neighbours(ref, limit=6), given), "feature_similar")
        surface(pieces.opinions(said), "feature_opinions")


def page() -> None:
    store = world.store()
    try:
        view = read(View)
        query = query_of(view)
        if view.feature is not None:
            store.features.card(view.feature)
    except InputError as error:
        unreadable(error, ("All features", View()))
        return
    left, right = st.columns([0.315, 0.685], gap="medium")
    with left:
        controls(view, store.start.world().n_layers)
        found = store.features.page(query, (view.page - 1) * PER_PAGE, PER_PAGE)
        ref = view.feature or (found.rows[0].ref if found.rows else None)
        with st.container(key="flistbox"):
            surface(pieces.rows(found, dict(query.labels), ref), "feature_list", pick)
        pager(
            View,
            view.page,
            found,
            "features",
            '<span title="share of tokens on which it is active">density in %</span>',
        )
    with right:
        if ref is None:
            unknown(
                "Nothing found", "No feature matches the search and the filters.", [("All features", View())]
            )
            return
        card(store, ref, query)


page()

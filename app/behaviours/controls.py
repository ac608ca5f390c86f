"""The controls over the list of behaviours, and the question to the store that they make."""

from __future__ import annotations

import streamlit as st

from app import names
from app.address import update
from app.behaviours import parts
from app.behaviours.view import BehavioursView as View
from app.shared.clickable import choose
from app.shared.html import Html, still
from app.shared.rankings import RANKINGS
from explorer_engine.behaviours.values import Clustering
from explorer_engine.store.queries.behaviours import BehaviourQuery

__all__ = ["controls", "query_of"]

FILTERS = {"labelled": "Labelled", "circuit": "Has circuit"}
state = st.session_state


def again(**changes: object) -> None:
    """A control of the list was moved: the list starts again at its first page."""
    update(View, page=1, **changes)


def controls(view: View, clusterings: tuple[Clustering, ...]) -> None:
    """Clustering, ranking, search and filters; the address owns their values."""
    state.b_q = view.q
    state.b_only = [f for f in FILTERS if f in view.only]
    chosen = next(c for c in clusterings if c.id == view.clustering)
    titles = {c.id: c.title for c in clusterings}
    ranks = {name: f"by {ranking.title}" for name, ranking in RANKINGS.items()}
    a, b = st.columns([0.57, 0.43], gap="small")
    with a:
        choose("Clustering", titles, chosen.id, "b_clustering", lambda id: again(clustering=id))
    with b:
        choose("Rank by", ranks, view.rank, "b_rank", lambda name: again(rank=name))
    st.text_input(
        "Search", key="b_q", placeholder="Label, token or feature, e.g. resid_2/31", icon=":material/search:",
        label_visibility="collapsed", on_change=lambda: again(q=state.b_q),
    )  # fmt: skip
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="behaviour_filters"):
        st.pills(
            "Filter", list(FILTERS), key="b_only", selection_mode="multi", format_func=FILTERS.__getitem__,
            label_visibility="collapsed", on_change=lambda: again(only=tuple(state.b_only)),
        )  # fmt: skip
        st.space("stretch")
        still(
            Html('<div class="meta" title="{}">{}</div>').format(parts.made(chosen), parts.agreement(chosen)),
            width="content",
        )


def query_of(view: View) -> BehaviourQuery:
    """The store's question behind the list."""
    return BehaviourQuery(
        view.clustering, view.q, "labelled" in view.only, "circuit" in view.only,
        labels=names.behaviour_labels(), order=view.rank,
    )  # fmt: skip

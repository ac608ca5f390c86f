"""Which two: the title of each opens the list of all; for the second, those most like the first on top."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app import address, world
from app.circuits import circuits
from app.compare.pair import Compared, title_of
from app.compare.view import CompareView
from app.shared.circuit_list import KINDS, listing, row_of
from app.shared.clickable import clickable
from app.shared.html import Html, esc, joined, still
from app.shared.text import head, plain
from app.worlds import find
from explorer_engine.errors import InputError

__all__ = ["choose", "swap"]

state = st.session_state
_ALIKE = 5


def choose(shown: Compared, side: Literal["a", "b"]) -> None:
    """The circuit's title opens the list of all circuits."""
    graph = shown.pair.here if side == "a" else shown.pair.there
    with st.popover(
        plain(title_of(graph)), type="tertiary", key=f"compare_choose_{side}", on_change="rerun",
        width="stretch",
    ) as box:  # fmt: skip
        if box.open:
            text = st.text_input(
                "Search circuits", key=f"compare_text_{side}", placeholder="Title or id",
                label_visibility="collapsed", icon=":material/search:",
            )  # fmt: skip
            rows = listing(text, graph.summary.id, removable=False)
            near = _alike(shown) if side == "b" and not text else Html("")
            with st.container(key=f"compare_list_{side}"):
                clickable(near + rows, f"compare_rows_{side}", lambda: _chosen(side))
    still(_what(shown, side))


def swap(shown: Compared) -> None:
    """The first becomes the second. Not across worlds: the first is of the world that is looked at."""
    st.button(
        "⇄", shortcut="x", key="compare_swap", type="tertiary", on_click=_swap, args=(shown.view,),
        help="Swap A and B", disabled=shown.view.world_b is not None,
    )  # fmt: skip


def _swap(view: CompareView) -> None:
    which = {"here": "there", "there": "here"}.get(view.which, view.which)
    address.update(CompareView, a=view.b, b=view.a, which=which, node=_turned(view.node))


def _turned(node: str | None) -> str | None:
    """Columns may be numbered otherwise: the node is found again by its feature."""
    return None if node is None else node.partition("@")[0]


def _alike(shown: Compared) -> Html:
    a = shown.pair.here.summary.id
    if circuits().opened.is_id(a):
        return Html("")
    here = shown.pair.there.summary.id
    rows = joined(
        row_of(
            found.id, found.title if found.behaviour is None else f"{found.title} #{found.behaviour}",
            found.common, here,
        )
        for found in world.store().comparisons.alike(a, _ALIKE)
    )  # fmt: skip
    if not rows:
        return rows
    form = Html('{}<div class="rows" role="listbox">{}</div>')
    return form.format(head("Most like A", "features in common"), rows)


def _chosen(side: Literal["a", "b"]) -> None:
    act = state[f"compare_rows_{side}"].act
    if act and act["act"] == "open":
        state[f"compare_text_{side}"] = ""
        state[f"compare_choose_{side}"] = False
        changes: dict[str, object] = {side: act["value"], "node": None}
        address.update(CompareView, **changes | ({"world_b": None} if side == "b" else {}))


def _what(shown: Compared, side: Literal["a", "b"]) -> Html:
    summary = (shown.pair.here if side == "a" else shown.pair.there).summary
    parts = [Html("{}").format(KINDS.get(summary.kind, summary.kind))]
    clustering = _clustering(summary.behaviour) if side == "a" or shown.view.world_b is None else None
    if clustering:
        parts.append(esc(clustering))
    parts.append(Html("<b>{:,}</b> nodes").format(summary.n_nodes))
    if side == "b" and shown.view.world_b is not None:
        parts.append(Html("world <b>{}</b>").format(find(shown.view.world_b).name))
    between = Html('<span class="separator">·</span>')
    return Html('<div class="meta"><i class="which {}" title="{}">{}</i>{}</div>').format(
        "here" if side == "a" else "there", "colour of what only it has", side.upper(), between.join(parts)
    )


def _clustering(behaviour: int | None) -> str | None:
    """Title of the clustering that a behaviour is of."""
    if behaviour is None:
        return None
    try:
        return _clusterings(world.version())[_behaviour_clustering(world.version(), behaviour)]
    except (InputError, KeyError):
        return None


@st.cache_resource(max_entries=16, show_spinner=False)
def _clusterings(version: world.Version) -> dict[str, str]:
    return {c.id: c.title for c in world.store().behaviours.clusterings()}


@st.cache_resource(max_entries=256, show_spinner=False)
def _behaviour_clustering(version: world.Version, behaviour: int) -> str:
    return world.store().behaviours.get(behaviour).clustering

"""The circuit drawing: pyvis makes the data, vis-network from its wheel draws it, clicks come back."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from pyvis.network import Network
from streamlit.components import v2

from app.shared.scripts import scripts
from explorer_engine.drawing.circuit import Drawing, Mark

__all__ = ["network", "picture_buttons", "show"]

OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True,
        "dragNodes": False,
        "zoomView": False,
        "dragView": False,
        "tooltipDelay": 250,
        "selectConnectedEdges": False,
        "hoverConnectedEdges": False,
    },
    "nodes": {
        "shape": "box",
        "borderWidth": 1,
        "borderWidthSelected": 2,
        "labelHighlightBold": False,
        "margin": {"top": 3.5, "bottom": 3.5, "left": 6, "right": 6},
        "shapeProperties": {"borderRadius": 3},
        "chosen": False,
    },
    "edges": {
        "arrows": {"to": {"enabled": False}},
        "smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "vertical", "roundness": 0.42},
        "selectionWidth": 0,
        "hoverWidth": 0,
        "chosen": False,
    },
}
"""vis-network options: nothing moves by itself, nothing can be dragged; every edge goes up, so no arrows."""

_VIS = importlib.resources.files("pyvis") / "lib" / "vis-9.1.2" / "vis-network.min.js"

# Three mounts, because the browser keeps a component's data as long as it is byte-identical: the library is
# sent once, the drawing when it changes, and a selection is a few bytes.
_library = v2.component(
    "circuit_library",
    js=_VIS.read_text("utf-8") + "\n" + scripts(__file__, "graph_library.js"),
    isolate_styles=False,
)
_graph = v2.component(
    "circuit_graph",
    html='<div class="drawing" tabindex="0" role="application" aria-label="Circuit. Arrow keys walk on '
    "nodes, "
    'Escape deselects; the list beside it says the same in words."></div>'
    '<div class="spoken" aria-live="polite"></div>',
    js=scripts(__file__, "graph_look.js", "graph_save.js", "graph_answer.js"),
    css=Path(__file__).with_name("graph.css").read_text("utf-8"),
    isolate_styles=False,
)
_selection = v2.component(
    "circuit_selection",
    js=scripts(__file__, "graph_selection.js"),
    isolate_styles=False,
)
_pictures = v2.component(
    "circuit_pictures",
    html='<div class="picture-buttons"><button data-kind="svg">Picture (SVG)</button>'
    '<button data-kind="png">Picture (PNG)</button></div>',
    js=scripts(__file__, "graph_pictures.js"),
    isolate_styles=False,
)


def network(drawing: Drawing) -> Network:
    """The drawing as a pyvis network; each node carries what the browser needs to place and paint it."""
    net = Network(directed=True, notebook=False)
    net.set_options(json.dumps(OPTIONS))
    for mark in drawing.marks:
        net.add_node(
            mark.id,
            label=mark.label or " ",
            title=mark.title,
            physics=False,
            fx=round(mark.x, 4),
            row=mark.row,
            lane=mark.lane,
            kind=mark.kind,
            mono=mark.mono,
            eff=mark.effect,
            **_compared(mark),
        )
    for line in drawing.lines:
        net.add_edge(
            line.source,
            line.target,
            id=f"{line.source}>{line.target}",
            w=line.weight,
            title=f"{line.weight:+.3g}",
            **({} if line.side is None else {"side": line.side}),
        )
    return net


def _compared(mark: Mark) -> dict[str, Any]:
    """What a node of the drawing of two circuits says besides."""
    if mark.side is None:
        return {}
    found: dict[str, Any] = {"side": mark.side}
    return found if mark.balance is None else found | {"balance": round(mark.balance, 3)}


def show(
    drawing: Drawing,
    key: str,
    *,
    selected: str | None,
    marked: Collection[str] | None = None,
    file: str = "circuit",
    caption: Sequence[str] = (),
    on_pick: Callable[[], None],
) -> None:
    """Draw; height comes from the container around it.

    A click or an arrow key sets `st.session_state[key].picked` to {"id": node or None} for one run and calls
    `on_pick`. The page owns the selection (a link beside the graph may change it too) and hands it back as
    `selected`; `marked`, when given, are the nodes a search has found: all others step back.
    `caption` are lines under the saved picture, the date after them.
    """
    nodes, edges, *_, options = network(drawing).get_network_data()
    # Tuples and text: to look into a list Streamlit imports pandas, half a second of a first visit.
    data = {
        "name": key,
        "nodes": tuple(nodes),
        "edges": tuple(edges),
        "rows": tuple({"name": row.name, "layer": row.layer} for row in drawing.rows),
        "lanes": tuple({"x0": lane.low, "x1": lane.high, "title": lane.title} for lane in drawing.lanes),
        "about": drawing.title,
        "file": file,
        "caption": tuple(caption),
        "options": options,
    }
    data["sig"] = hashlib.blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=8).hexdigest()
    with st.container(gap=None, key=f"{key}-hidden"):
        _library(key=f"{key}-library", height=1)
        wanted = {
            "name": key,
            "selected": selected,
            "marked": None if marked is None else tuple(sorted(marked)),
        }
        _selection(key=f"{key}-selection", height=1, data=wanted)
    _graph(key=key, height="stretch", data=data, on_picked_change=on_pick)


def picture_buttons(key: str) -> None:
    """Two buttons that save what is on screen as SVG or PNG; the browser does it."""
    _pictures(key=f"{key}-pictures", data={"name": key}, height="content")

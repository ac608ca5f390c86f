"""The page of a circuit with its picture, and the whole circuit as a file."""

from __future__ import annotations

from explorer_engine.circuits.curve import whole_circuit
from explorer_engine.circuits.excerpt import excerpt, opening
from explorer_engine.drawing.bars import ebar
from explorer_engine.drawing.circuit import METRICS, draw, rows_of
from explorer_engine.drawing.circuit_parts import pair
from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.picture import picture
from explorer_engine.drawing.text import head, meta, num
from explorer_engine.drawing.tokens import kwic, name_or_tokens
from explorer_engine.formats.circuit_files import FORMS
from explorer_engine.formats.labelled_circuit import circuit_file
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import CircuitGraph, CircuitSummary
from precompute.site import places
from precompute.site.contents import Contents
from precompute.site.rows import label, number, row, rows

__all__ = ["made"]

_CONTEXTS, _NODES = 6, 300
"""Contexts of its behaviour, and rows of the list of nodes, that are shown at most."""


def made(contents: Contents, summary: CircuitSummary) -> tuple[Html, str]:
    """What is on the page of a circuit, and the whole of it as JSON, with what people call its features."""
    graph = contents.store.circuits.graph(summary.id)
    return _body(contents, graph), circuit_file(FORMS["json"], summary, graph.circuit, contents.labels)


def _body(contents: Contents, graph: CircuitGraph) -> Html:
    """What it is of, its strongest part as a picture, its nodes, how faithful it is."""
    summary = graph.summary
    place = places.circuit(summary.id)
    sites, sentence = rows_of(graph.circuit.nodes), summary.sign[:1].upper() + summary.sign[1:]
    *_, node, edge = opening(graph.circuit)
    part = excerpt(graph.circuit, node, edge)
    metric = METRICS.get(summary.metric, summary.metric)
    title = f"{contents.title(summary)} ({summary.id}): {summary.sign}"
    drawing = draw(part, sites, contents.labels, graph.top_tokens, metric, part.tokens, title)

    def href(id: str) -> str | None:
        return None if id == OUTPUT else _page_of(contents, graph, id, place)

    shown = f"the {len(part.nodes)} strongest of {summary.n_nodes} nodes"
    whole = Html('<a href="{}" download>Circuit JSON</a>').format(
        places.link(place, places.circuit(summary.id, ".json"))
    )
    return joined(
        (
            Html('<h1 class="title">{}</h1>').format(contents.title(summary)),
            _figures(contents, graph, place),
            Html('<p class="quiet">Metric: {}. {}</p>').format(metric, sentence),
            _about(contents, summary),
            Html('<section class="wide">{}<div class="scrolled">{}</div>{}</section>').format(
                head("Picture", shown if len(part.nodes) < summary.n_nodes else "all nodes", whole),
                picture(drawing, href),
                _LEGEND,
            ),
            Html("<section>{}</section>").format(_nodes(contents, graph, place)),
        )
    )


_LEGEND = Html(
    '<p class="legend"><i class="positive"></i>positive effect<i class="negative"></i>negative effect'
    "<b>△</b>what the dictionary misses; lines: edges, wider where they weigh more</p>"
)


def _page_of(contents: Contents, graph: CircuitGraph, id: str, place: str) -> str | None:
    """The address of the page of a node's feature; None where it has none."""
    ref = graph.circuit.by_id[id].ref
    return places.link(place, places.feature(ref)) if ref in contents.features else None


def _figures(contents: Contents, graph: CircuitGraph, place: str) -> Html:
    summary = graph.summary
    curves = contents.store.circuits.faithfulness(summary.id)
    measured = whole_circuit(curves, graph.circuit.node_threshold)
    behaviour = ""
    if summary.behaviour in contents.behaviours:
        to = places.link(place, places.behaviour(summary.behaviour or 0))
        behaviour = Html('<a href="{}">behaviour #{}</a>').format(to, summary.behaviour)
    return meta(
        Html('<span class="id">{}</span>').format(summary.id),
        Html("<b>{:,}</b> nodes, <b>{:,}</b> of them errors").format(summary.n_nodes, summary.n_errors),
        Html("<b>{:,}</b> edges").format(len(graph.circuit.edges)),
        Html("mean of <b>{:,}</b> examples").format(summary.n_examples),
        Html('<span title="{}">faithfulness <b>{}</b></span>').format(
            f"{measured[0].ablated}, on {measured[0].tested_on}", num(measured[1].faithfulness)
        )
        if measured
        else "",
        behaviour,
    )


def _about(contents: Contents, summary: CircuitSummary) -> Html:
    """What it was found on: first contexts of its behaviour, or one pair."""
    if summary.behaviour is not None:
        found = contents.store.behaviours.contexts(summary.behaviour, limit=_CONTEXTS).rows
        note, shown = "contexts of its behaviour", kwic(found)
    else:
        note, shown = "one of its pairs", pair(summary)
    return Html("<section>{}{}</section>").format(head("Found on", note), shown) if shown else shown


def _nodes(contents: Contents, graph: CircuitGraph, place: str) -> Html:
    """Its nodes, strongest first."""
    found = graph.circuit.nodes[:_NODES]
    top = max((abs(node.effect) for node in graph.circuit.nodes), default=1.0)
    lines = []
    for node in found:
        if node.is_error:
            name = Html('<span class="unlabelled">what the dictionary of {} misses</span>').format(node.site)
        else:
            name = name_or_tokens(contents.labels.get(str(node.ref)), graph.tokens_of(node))
        bar, effect = ebar(node.effect, top, 88, 11), number(num(node.effect, True))
        lines.append(row(_page_of(contents, graph, node.id, place), bar, label(name, node.id), effect))
    cut = f"the {_NODES} strongest" if len(found) < len(graph.circuit.nodes) else "strongest first"
    return head("Nodes", f"{cut}; effect") + rows("effects", lines)

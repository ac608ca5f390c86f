"""What the Circuit page shows for an address: the circuit, its excerpt, the drawing, its faithfulness."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import streamlit as st

from app import address, names, world
from app.circuit.node_card import find
from app.circuit.view import CircuitView
from app.circuits import circuits, given
from app.shared import judging
from app.shared.judgement_choices import MARK
from explorer_engine.circuits.circuit import Circuit, Node
from explorer_engine.circuits.curve import Curve, Faithfulness, Sweep, by_unit, faithfulness_at
from explorer_engine.circuits.excerpt import excerpt, opening, summed
from explorer_engine.drawing.circuit import METRICS, Drawing, draw, rows_of
from explorer_engine.errors import InputError
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import CircuitGraph

__all__ = ["Screen", "nearest", "screen", "switched"]

MOST_DRAWN, MOST_LINES = 1_000, 5_000
"""This much is drawn at most, the strongest, whatever the thresholds."""


@dataclass(frozen=True)
class Screen:
    """Everything the page needs of one circuit at one address."""

    view: CircuitView
    graph: CircuitGraph
    """With positions added up when the view says so."""
    resolved: bool
    """Whether the circuit has positions at all."""
    other: str | None
    """Id of the circuit of the same effects with positions the other way, where the world has one."""
    part: Circuit
    drawing: Drawing
    node_steps: tuple[float, ...]
    edge_steps: tuple[float, ...]
    node: float
    """Threshold in use, one of `node_steps`."""
    edge: float
    sweeps: tuple[Sweep, ...]
    """Those of features that the circuit has, the one to show first; empty: none was made."""
    sweep: Sweep | None
    """The one that is shown."""
    curves: Mapping[str, Curve]
    """Its curve and that of neurons, by unit."""
    faithfulness: Faithfulness | None
    """None where the sweep says nothing about what is on screen."""
    labels: Mapping[str, str]
    mine: Mapping[str, str]
    query: str
    matches: tuple[Node, ...]
    """All nodes, or those the search finds, strongest first."""

    @property
    def selected(self) -> Node | None:
        """The selected node, drawn or not; None where none is, or the output."""
        return self.graph.circuit.by_id.get(self.view.node or "")

    @property
    def found(self) -> list[str] | None:
        """Ids the drawing brings forward while somebody searches."""
        return [n.id for n in self.matches] if self.query and self.view.node is None else None

    @property
    def n_nodes(self) -> int:
        """Features and errors on screen, without the output."""
        return len(self.part.nodes)


def nearest(options: Sequence[float], wanted: float) -> float:
    """The option nearest in ratio: an address may hold a threshold that is no longer among them."""
    return min(options, key=lambda o: abs(math.log(max(o, 1e-12) / max(wanted, 1e-12))))


def screen(view: CircuitView) -> Screen | None:
    """What the address asks for; None in a world without circuits. InputError: an unknown circuit or node."""
    if view.circuit is None:
        first = _first()
        if first is None:
            return None
        view = address.update(CircuitView, circuit=first)
    known = circuits()
    other = known.other(view.circuit or "")
    if view.summed and other is not None:
        view = address.update(CircuitView, **switched(view, other))
    circuit = view.circuit
    assert circuit is not None
    graph, resolved, node_steps, edge_steps, node, edge = _graph(world.version(), circuit, view.summed)
    if view.node is not None and view.node not in (*graph.circuit.by_id, OUTPUT):
        found = other_form(graph, view.node)
        if found is None:
            raise InputError(f"node {view.node!r} is not in circuit {circuit!r}; open the circuit without it")
        view = address.update(CircuitView, node=found)
    node = node if view.nodes is None else nearest(node_steps, view.nodes)
    edge = edge if view.edges is None else nearest(edge_steps, view.edges)
    labels = _labels(graph)
    named = tuple(sorted(labels.items()))
    part, drawing = _drawing(world.version(), circuit, view.summed, node, edge, view.errors, named)
    measured = known.faithfulness(circuit)
    sweeps = tuple(sweep for sweep in measured if sweep.unit == "features")
    sweep = _asked(sweeps, view)
    curves = {} if sweep is None else by_unit(measured, sweep)
    on_curve = None
    if sweep is not None and not (view.summed and resolved):
        on_curve = _at(graph.circuit, sweep, curves[sweep.unit], node)
    query = st.session_state.get("circuit_find", "").strip()
    matches = tuple(find(graph, query, labels))
    said = judging.mine(names.scope_of(graph.summary))
    mine = {target: MARK[value] for target, value in said.items()}
    return Screen(
        view, graph, resolved, other, part, drawing, node_steps, edge_steps, node, edge, sweeps, sweep,
        curves, on_curve, labels, mine, query, matches,
    )  # fmt: skip


def _first() -> str | None:
    """The circuit of an address that names none: of the files at the start, of the store, of those opened."""
    opened = circuits().opened
    found = (id for id in given().circuits if opened.has(id))
    stored = (row.id for row in world.store().circuits.page(limit=1).rows)
    return next(chain(found, stored, (line.id for line in opened.listed())), None)


def _labels(graph: CircuitGraph) -> dict[str, str]:
    """What its features are called: as everywhere where they are this world's, else by the file."""
    file: dict[str, str] = {}
    for node in graph.circuit.nodes:
        if node.label:
            file.setdefault(str(node.ref), node.label)
    known = {node.ref for node in graph.circuit.nodes if graph.knows(node)}
    return file | names.feature_labels(known, file)


def _asked(sweeps: Sequence[Sweep], view: CircuitView) -> Sweep | None:
    """The sweep that the address asks for; the nearest to it where the circuit has not been tested so."""
    return min(
        sweeps,
        key=lambda s: (s.tested_on != view.tested, s.ablated != view.ablated),
        default=None,
    )


def _at(circuit: Circuit, sweep: Sweep, curve: Curve, threshold: float) -> Faithfulness | None:
    """Where the nodes above a threshold stand on a sweep's curve, at the number that is counted there.

    A threshold below the circuit's own leaves all that is stored, so it is the circuit's own.
    """
    found = faithfulness_at(curve, max(threshold, circuit.node_threshold))
    drawn = [n for n in circuit.nodes if abs(n.effect) > threshold and n.site.layer >= sweep.start_layer]
    return None if found is None else replace(found, n_nodes=len(drawn))


def other_form(graph: CircuitGraph, node: str) -> str | None:
    """The same feature's strongest node where positions are summed or apart; None: there is none."""
    feature = node.partition("@")[0]
    return next((n.id for n in graph.circuit.nodes if n.id.partition("@")[0] == feature), None)


def switched(view: CircuitView, other: str) -> dict[str, object]:
    """What changes in the address from a circuit to the one with positions the other way.

    Its effects have other sizes, so thresholds start anew; a node that it has not is let go.
    """
    node = view.node
    if node is not None and node != OUTPUT:
        node = other_form(circuits().graph(other), node)
    return {"circuit": other, "summed": False, "nodes": None, "edges": None, "node": node}


_Opened = tuple[CircuitGraph, bool, tuple[float, ...], tuple[float, ...], float, float]


@st.cache_resource(max_entries=32, show_spinner=False)
def _graph(version: world.Version, circuit: str, add_up: bool) -> _Opened:
    """The graph, whether it has positions, the sliders' steps and where they start."""
    graph = circuits().graph(circuit)
    resolved = graph.circuit.aggregation == "none"
    if add_up:
        graph = replace(graph, circuit=summed(graph.circuit))
    return graph, resolved, *opening(graph.circuit)


@st.cache_resource(max_entries=128, show_spinner=False)
def _drawing(
    version: world.Version,
    circuit: str,
    add_up: bool,
    node: float,
    edge: float,
    errors: bool,
    labels: tuple[tuple[str, str], ...],
) -> tuple[Circuit, Drawing]:
    graph = _graph(version, circuit, add_up)[0]
    part = excerpt(graph.circuit, node, edge, errors)
    if len(part.nodes) > MOST_DRAWN:
        part = part.top(MOST_DRAWN)
    part = replace(part, edges=part.edges[:MOST_LINES])
    summary, rows = graph.summary, rows_of(graph.circuit.nodes)
    metric = METRICS.get(summary.metric, summary.metric)
    title = f"{summary.title} ({summary.id}): {summary.sign}"
    return part, draw(part, rows, dict(labels), graph.top_tokens, metric, part.tokens, title)

"""The two circuits of an address: read, aligned by template position, compared, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from app import address, names, world, worlds
from app.circuits import circuits, circuits_of
from app.compare.view import CompareView
from explorer_engine.circuits.comparison import ComparedNode, Comparison, compare, strange
from explorer_engine.circuits.excerpt import summed
from explorer_engine.circuits.templates import Column, align, in_columns, template
from explorer_engine.drawing.circuit import METRICS, Drawing
from explorer_engine.drawing.comparison import Look, column_titles, draw_both, draw_one
from explorer_engine.errors import InputError
from explorer_engine.sites import OUTPUT
from explorer_engine.store.values import CircuitGraph

__all__ = ["EDGES", "LISTS", "NODES", "SHOWN", "Compared", "Pair", "compared", "title_of"]

NODES = (10, 20, 30, 40, 60, 80, 100, 150)
EDGES = (0, 10, 30, 60, 100, 150, 250, 400)
"""So many of each circuit may be drawn."""
SHOWN = {"drawing": "One drawing", "sides": "Side by side"}
"""Ways to look at a pair, in the words of their switch."""
LISTS = {"all": "All", "both": "Both", "here": "Only A", "there": "Only B"}


@dataclass(frozen=True)
class Pair:
    """Two circuits and what is compared of them."""

    here: CircuitGraph
    there: CircuitGraph
    comparison: Comparison
    columns: tuple[Column, ...] | None
    """Where positions are apart."""
    titles: tuple[str, ...] | None
    """Of the columns."""
    apart: bool
    """Whether both circuits have positions, so that they can be drawn apart."""
    added: str | None
    """Which circuits' positions were summed to compare them, in words; None: none."""
    strange: str | None
    """Why no feature is matched; None: they are of the same dictionaries."""

    @property
    def same_metric(self) -> bool:
        """Whether effects are of one quantity, so that their difference is one too."""
        a, b = self.here.summary, self.there.summary
        return (a.metric, a.baseline) == (b.metric, b.baseline)


@dataclass(frozen=True)
class Compared:
    """Everything that the page needs of two circuits at one address."""

    view: CompareView
    pair: Pair
    part: Comparison
    """What of it is drawn."""
    drawings: tuple[Drawing, ...]
    """One of both, or one of each."""
    labels: Mapping[str, str]
    listed: tuple[ComparedNode, ...]
    """The nodes of the list, largest difference first."""

    @property
    def selected(self) -> ComparedNode | None:
        """The selected node, drawn or not."""
        return next((n for n in self.pair.comparison.nodes if n.id == self.view.node), None)


def title_of(graph: CircuitGraph) -> str:
    """A circuit's title as people call its behaviour; with its number, as two may have one title."""
    summary = graph.summary
    if summary.behaviour is None:
        return summary.title
    label = names.behaviour_labels().get(summary.behaviour, summary.title)
    return f"{label} #{summary.behaviour}"


def compared(view: CompareView) -> Compared:
    """What the address asks for. Raises InputError for circuits, nodes or words that are not known."""
    for field, known in (("show", SHOWN), ("which", LISTS)):
        if getattr(view, field) not in known:
            raise InputError(
                f"the address says {field}={getattr(view, field)[:60]!r}: expected {', '.join(known)}"
            )
    view, a, b = _completed(view)
    pair = _pair(world.version(), a, b, _other(view.world_b), view.summed)
    view = _node_of(view, pair)
    nodes, edges = nearest(NODES, view.nodes), nearest(EDGES, view.edges)
    view = replace(view, nodes=nodes, edges=edges)
    labels = _labels(pair)
    sides = view.show == "sides" or pair.strange is not None
    part, drawings = _drawings(
        world.version(), a, b, _other(view.world_b), view.summed, nodes, edges, view.errors,
        sides, tuple(sorted(labels.items())),
        (title_of(pair.here), title_of(pair.there)),
    )  # fmt: skip
    size = "difference" if pair.same_metric else "share_difference"
    wanted = [n for n in pair.comparison.nodes if view.which in ("all", n.side)]
    listed = sorted(wanted, key=lambda n: (-abs(getattr(n, size)), n.id))
    return Compared(view, pair, part, drawings, labels, tuple(listed))


def nearest(options: tuple[int, ...], wanted: int) -> int:
    """The option nearest to what an address holds."""
    return min(options, key=lambda option: (abs(option - wanted), option))


def _completed(view: CompareView) -> tuple[CompareView, str, str]:
    """With a second circuit, where the address names only the first; and the ids of both."""
    assert view.a is not None
    if view.b is None:
        view = address.update(CompareView, b=_beside(view.a))
    return view, view.a or "", view.b or ""


def _beside(a: str) -> str:
    """What to hold a circuit against: that of the store with most in common, else any. InputError: none."""
    known, store = circuits(), world.store()
    if known.opened.is_id(a):
        known.opened.check(a)
        alike = ()
    else:
        store.circuits.summary(a)  # it is there
        alike = store.comparisons.alike(a, 1)
    others = (row.id for row in store.circuits.page(limit=2).rows if row.id != a)
    found = alike[0].id if alike else next(others, None)
    if found is None:
        raise InputError(f"there is nothing to compare {a!r} with: this world holds no other circuit")
    return found


def _node_of(view: CompareView, pair: Pair) -> CompareView:
    """The address's node; that of the same feature where positions went the other way."""
    if view.node is None or view.node == OUTPUT:
        return view
    known = pair.comparison.nodes
    if any(n.id == view.node for n in known):
        return view
    feature = view.node.partition("@")[0]
    found = next((n.id for n in known if n.ref == feature), None)
    if found is None:
        raise InputError(f"node {view.node[:60]!r} is in neither circuit; open the pair without it")
    return address.update(CompareView, node=found)


def _other(key: str | None) -> tuple[str, world.Version] | None:
    """Key and version of the world that the second circuit is of; None: it is this one."""
    if key is None:
        return None
    found = world.opened(worlds.find(key))
    return key, (str(found.path), *found.store.version)


_Other = tuple[str, world.Version] | None


@st.cache_resource(max_entries=32, show_spinner=False)
def _pair(version: world.Version, a: str, b: str, other: _Other, add_up: bool) -> Pair:
    here = circuits().graph(a)
    there = (circuits() if other is None else circuits_of(world.opened(worlds.find(other[0])))).graph(b)
    why = strange(here.circuit, there.circuit)
    apart = [g.circuit.aggregation == "none" for g in (here, there)]
    one, two = here.circuit, there.circuit
    columns = titles = added = None
    if all(apart) and not add_up:
        left, right = template(one, here.summary.example), template(two, there.summary.example)
        columns = align(left, right)
        titles = column_titles(columns, left, right)
        one = in_columns(one, [column.here for column in columns])
        two = in_columns(two, [column.there for column in columns])
    else:
        if any(apart):
            added = "A and B" if all(apart) else "A" if apart[0] else "B"
        one, two = summed(one), summed(two)
    return Pair(here, there, compare(one, two, why is None), columns, titles, all(apart), added, why)


def _labels(pair: Pair) -> dict[str, str]:
    """What features are called: as everywhere where they are this world's, else by the circuits' files."""
    file: dict[str, str] = {}
    for graph in (pair.here, pair.there):
        for node in graph.circuit.nodes:
            if node.label:
                file.setdefault(str(node.ref), node.label)
    known = {n.ref for graph in (pair.here, pair.there) for n in graph.circuit.nodes if graph.knows(n)}
    return file | names.feature_labels(known, file)


@st.cache_resource(max_entries=64, show_spinner=False)
def _drawings(
    version: world.Version,
    a: str,
    b: str,
    other: _Other,
    add_up: bool,
    nodes: int,
    edges: int,
    errors: bool,
    sides: bool,
    labels: tuple[tuple[str, str], ...],
    titles: tuple[str, str],
) -> tuple[Comparison, tuple[Drawing, ...]]:
    pair = _pair(version, a, b, other, add_up)
    part = pair.comparison.strongest(nodes, edges, errors)
    tokens = {**pair.there.top_tokens, **pair.here.top_tokens}
    look = Look(pair.here.circuit, dict(labels), tokens, pair.titles)
    output = [METRICS.get(g.summary.metric, g.summary.metric) for g in (pair.here, pair.there)]
    if sides:
        return part, (
            draw_one(part, "here", look, output[0], f"A: {titles[0]}, as against B: {titles[1]}"),
            draw_one(part, "there", look, output[1], f"B: {titles[1]}, as against A: {titles[0]}"),
        )
    both = " · ".join(dict.fromkeys(output))
    return part, (draw_both(part, look, both, f"A: {titles[0]}, and B: {titles[1]}"),)

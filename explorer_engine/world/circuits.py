"""The circuits of a world as pages read them: those of its store, and those that were brought in as files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.curve import Curve, Sweep
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.sites import FeatureRef, ForeignSite, Site
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.opened_circuits import OpenedCircuits
from explorer_engine.store.values import CircuitGraph, CircuitSummary

__all__ = ["OPENED", "WorldCircuits"]

OPENED = "file"
"""The kind of a circuit that was brought in."""


@dataclass(frozen=True)
class WorldCircuits:
    """One way to read a circuit by its id, wherever it comes from."""

    store: ArtefactStore
    opened: OpenedCircuits
    fingerprint: Fingerprint
    """The world's."""

    def graph(self, circuit: str) -> CircuitGraph:
        """One circuit with all its nodes and edges, strongest first. Raises InputError for an unknown id."""
        if not self.opened.is_id(circuit):
            graph = self.store.circuits.graph(circuit)
            return replace(graph, circuit=replace(graph.circuit, fingerprint=self.fingerprint))
        title, found = self.opened.read(circuit)
        note = self._strange(found)
        names = {} if note else self.store.circuits.names(found.features)
        if unknown := found.features - names.keys():
            note = note or f"{len(unknown):,} of its features are unknown to this world: {_some(unknown)}"
        return CircuitGraph(_summary(circuit, title, found), found, names, frozenset(names), note)

    def other(self, circuit: str) -> str | None:
        """Id of the circuit of the same effects with positions the other way, summed or apart; None: none.

        Raises InputError for a circuit that was brought in and is not here any more.
        """
        if self.opened.is_id(circuit):
            self.opened.check(circuit)
            return None
        return self.store.circuits.other(circuit)

    def faithfulness(self, circuit: str) -> Mapping[Sweep, Curve]:
        """Its curves by sweep; none of a file."""
        return {} if self.opened.is_id(circuit) else self.store.circuits.faithfulness(circuit)

    def _strange(self, circuit: Circuit) -> str | None:
        """Why none of its features is this world's; None: they are."""
        own, here = circuit.fingerprint, self.fingerprint
        model = f" ({circuit.model[:60]})" if circuit.model else ""
        if own is None and any(isinstance(node.site, ForeignSite) for node in circuit.nodes):
            return f"The graph of another program{model}: its features are not this world's"
        if own is None or own.dictionaries is None:
            return "The file does not say which dictionaries its features are of: none is looked up here"
        if own.model not in (None, here.model):
            return f"Of another model{model} than this world's: its features are not looked up here"
        if own.dictionaries != here.dictionaries:
            return "Of other dictionaries than this world's: its features are not looked up here"
        return None


def _some(refs: Collection[FeatureRef]) -> str:
    def place(ref: FeatureRef) -> tuple[Site, str]:
        return ref.site, str(ref.index)

    first = sorted(refs, key=place)[:3]
    return ", ".join(map(str, first)) + (" …" if len(refs) > len(first) else "")


def _summary(id: str, title: str, circuit: Circuit) -> CircuitSummary:
    steps = circuit.method.get("steps")
    return CircuitSummary(
        id=id,
        title=title,
        kind=OPENED,
        behaviour=None,
        task=None,
        metric=circuit.metric,
        sign=circuit.sign,
        method=circuit.method["name"],
        steps=steps,
        baseline=circuit.baseline,
        aggregation=circuit.aggregation,
        node_selection=circuit.node_selection,
        node_threshold=circuit.node_threshold,
        edge_threshold=circuit.edge_threshold,
        n_examples=circuit.n_examples,
        n_nodes=len(circuit.nodes),
        n_errors=sum(node.is_error for node in circuit.nodes),
        max_effect=max((abs(node.effect) for node in circuit.nodes), default=None),
        tokens=circuit.tokens,
        example=None,
        summed_of=None,
    )

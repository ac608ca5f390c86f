"""Stage `behaviours`: confident predictions, clustered by what they rest on, with their circuits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from explorer_engine.behaviours import (
    CircuitFigures,
    Predictions,
    Representation,
    agreement,
    angular_similarity,
    circuit_figures,
    confident_predictions,
    examples_of,
    feature_activations,
    linear_effects,
    spectral_clusters,
)
from explorer_engine.behaviours.rows import (
    behaviour_rows,
    by_certainty,
    context_rows,
    neighbour_rows,
    similarity_rows,
)
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, from_rows, to_rows
from explorer_engine.store import shards
from precompute.progress import bars
from precompute.source import Source
from precompute.stages._engine import Stage

__all__ = ["BehaviourOptions", "Choose", "Name", "stage"]

Choose = Callable[[Predictions], tuple[Predictions, Sequence[str] | None]]
"""Which predictions are clustered, and of each the behaviour that it is, where that is known."""
Name = Callable[[Sequence[str]], tuple[str, str]]
"""From the known behaviours of a cluster's contexts: what the cluster is called, and on what grounds."""

SWEPT = (1, 2, 5, 10, 15, 20, 30, 50, 100, 200)
"""Sizes at which a behaviour's circuit is tested."""
CLUSTERINGS = {
    "effects": (
        "SAE effects, all positions summed",
        "linear effects of SAE features on −log p, zero ablation",
    ),
    "activations": (
        "SAE activations, last position",
        "activations of SAE features where the answer is predicted",
    ),
}
"""Clustering → title and, in words, what a context is represented by."""


@dataclass(frozen=True)
class BehaviourOptions:
    """How behaviours are found."""

    max_loss: float = 0.3
    """Nats: what counts as a confident prediction."""
    clusters: int = 20
    context: int = 64
    """Tokens before the answer that effects are computed on."""
    circuit_contexts: int = 16
    """Contexts behind one behaviour's circuit, the most certain ones."""
    circuit_nodes: int = 50
    edge_threshold: float = 0.005
    activations_at: int = 1
    """The second clustering takes activations at so many positions before the answer."""
    seed: int = 0

    def first_id(self, clustering: str) -> int:
        """Id of a clustering's first behaviour: 0, 100, …"""
        return list(CLUSTERINGS).index(clustering) * max(100, self.clusters)


def stage(
    options: BehaviourOptions,
    source: Source,
    choose: Choose | None = None,
    name: Name | None = None,
    chosen_by: Mapping[str, Any] | None = None,
) -> Stage:
    """Shards of the clusterings and their behaviours with contexts, similarity and circuits.

    All confident predictions are clustered unless `choose` chooses, `chosen_by` saying what decides its
    choice; behaviours have no label without `name`.
    """
    job = _Behaviours(options, source, choose, name)
    decides = {**(chosen_by or {}), **asdict(options)}
    return Stage("behaviours", 1, decides, source.places, job.run, job.units)


@dataclass(frozen=True, eq=False)
class _Predictions:
    """What is clustered."""

    predictions: Predictions
    truth: list[str] | None


@dataclass(frozen=True)
class _Behaviours:
    """Units: the predictions, then each clustering, its circuits one by one, and its behaviours."""

    options: BehaviourOptions
    source: Source
    choose: Choose | None
    name: Name | None

    def units(self) -> list[str]:
        parts = [f"circuit-{cluster}" for cluster in range(self.options.clusters)]
        parts = ["clusters", *parts, "rows"]
        inner = (f"{clustering}_{part}" for clustering in CLUSTERINGS for part in parts)
        return ["predictions", *inner]

    def run(self, unit: str, folder: Path) -> None:
        if unit == "predictions":
            self._predictions(folder)
            return
        clustering, part = unit.split("_")
        if part == "clusters":
            self._cluster(clustering, folder)
        elif part == "rows":
            self._rows(clustering, folder)
        else:
            self._circuit(clustering, int(part.removeprefix("circuit-")), folder)

    def _predictions(self, folder: Path) -> None:
        """predictions.npz: those that are clustered."""
        found = confident_predictions(
            self.source.model,
            self.source.documents,
            max_loss=self.options.max_loss,
            progress=bars(),
        )
        chosen, truth = (found, None) if self.choose is None else self.choose(found)
        known = {} if truth is None else {"truth": np.array(truth)}
        _save(folder / "predictions.npz", **vars(chosen), **known)

    def _chosen(self, folder: Path) -> _Predictions:
        with np.load(folder / "predictions.npz") as found:
            parts = dict(found)
        truth = parts.pop("truth", None)
        return _Predictions(Predictions(**parts), None if truth is None else truth.tolist())

    def _cluster(self, clustering: str, folder: Path) -> None:
        """CLUSTERING.npz with each prediction's cluster; shards of contexts, similarity and neighbours."""
        o, chosen, target = self.options, self._chosen(folder), folder / "shards"
        predictions, truth = chosen.predictions, chosen.truth
        representation = self._represent(clustering, predictions)
        similarity = angular_similarity(representation.matrix)
        clusters = spectral_clusters(similarity, o.clusters, o.seed)
        title, words = CLUSTERINGS[clustering]
        row: dict[str, Any] = {"id": clustering, "title": title, "representation": words}
        row |= {"n_clusters": o.clusters, "n_samples": len(predictions)}
        row |= {} if truth is None else vars(agreement(clusters, predictions.answer, truth))
        first_id = o.first_id(clustering)
        tables = {
            "clustering": [row],
            "behaviour_context": context_rows(predictions, clusters, truth=truth, first_id=first_id),
            "behaviour_similarity": similarity_rows(similarity, predictions, clusters, first_id=first_id),
            "behaviour_neighbour": neighbour_rows(representation.matrix, clusters, first_id=first_id),
        }
        for table, rows in tables.items():
            shards.write(target, table, rows, clustering)
        _save(folder / f"{clustering}.npz", clusters=clusters)

    def _represent(self, clustering: str, predictions: Predictions) -> Representation:
        source, examples = self.source, examples_of(self.source.documents, predictions, self.options.context)
        if clustering == "effects":
            return linear_effects(source.model, source.dictionaries, examples, progress=bars())
        return feature_activations(
            source.model, source.dictionaries, examples, last=self.options.activations_at
        )

    def _clusters(self, clustering: str, folder: Path) -> np.ndarray:
        with np.load(folder / f"{clustering}.npz") as found:
            return found["clusters"]

    def _label(self, clusters: np.ndarray, cluster: int, truth: list[str] | None) -> tuple[str, str] | None:
        if self.name is None or truth is None:
            return None
        return self.name([truth[i] for i in np.flatnonzero(clusters == cluster)])

    @cached_property
    def _circuit_options(self) -> CircuitOptions:
        return CircuitOptions(
            metric="log-prob",
            baseline="zero",
            aggregation="sum",
            n_nodes=self.options.circuit_nodes,
            edge_threshold=self.options.edge_threshold,
        )

    def _circuit(self, clustering: str, cluster: int, folder: Path) -> None:
        """The zero-ablation, summed circuit of one cluster with its faithfulness."""
        source, chosen = self.source, self._chosen(folder)
        predictions, clusters = chosen.predictions, self._clusters(clustering, folder)
        own = by_certainty(predictions, clusters, cluster)[: self.options.circuit_contexts]
        if not len(own):  # there can be fewer clusters than were asked for
            return
        examples = examples_of(source.documents, predictions[own], self.options.context)
        found = discover(source.model, source.dictionaries, examples, self._circuit_options)
        curve = sweep_counts(
            source.model,
            source.dictionaries,
            found.averages,
            examples,
            SWEPT,
            SweepOptions(ablation="zero"),
            metric="log-prob",
        )
        behaviour = self.options.first_id(clustering) + cluster
        label = self._label(clusters, cluster, chosen.truth)
        entry = CircuitEntry(
            f"behaviour-{behaviour}",
            label[0] if label else f"Behaviour {behaviour}",
            "behaviour",
            found.circuit,
            behaviour,
            faithfulness={"features": curve},
        )
        for table, rows in to_rows([entry]).items():
            shards.write(folder / "shards", table, rows, f"behaviour-{behaviour:06}")

    def _rows(self, clustering: str, folder: Path) -> None:
        """The behaviours of one clustering with their labels and their circuits' figures."""
        chosen, clusters = self._chosen(folder), self._clusters(clustering, folder)
        first_id, target = self.options.first_id(clustering), folder / "shards"
        tables = {table: shards.read(target, table) for table in ("circuit", "circuit_node", "circuit_edge")}
        circuits = {
            entry.behaviour - first_id: (entry.id, _figures(entry.circuit))
            for entry in from_rows(tables)
            if entry.behaviour is not None and entry.behaviour >= first_id
        }
        found = behaviour_rows(clustering, chosen.predictions, clusters, circuits=circuits, first_id=first_id)
        rows = []
        for row in found:
            label = self._label(clusters, int(str(row["id"])) - first_id, chosen.truth)
            rows.append(row if label is None else {**row, "label": label[0], "label_source": label[1]})
        shards.write(target, "behaviour", rows, clustering)


def _figures(circuit: Circuit) -> CircuitFigures:
    return circuit_figures(
        [node.effect for node in circuit.nodes if not node.is_error],
        [node.effect for node in circuit.nodes if node.is_error],
        [edge.weight for edge in circuit.edges],
    )


def _save(path: Path, **arrays: np.ndarray) -> None:
    partial = path.with_name(f".{path.name}.partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(path)

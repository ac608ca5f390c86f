"""Stage `behaviours`: confident predictions, clustered by what they rest on, with their circuits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer_engine.behaviours import members
from explorer_engine.behaviours.circuit import behaviour_circuit, figures_of
from explorer_engine.behaviours.cluster import clustered
from explorer_engine.behaviours.filter import Predictions, confident_predictions, examples_of, tokens_before
from explorer_engine.behaviours.members import Clusters, Name
from explorer_engine.behaviours.naming import AutomaticNames
from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions
from explorer_engine.behaviours.represent.kinds import represented, title_of, words_of
from explorer_engine.behaviours.rows import to_rows
from explorer_engine.behaviours.score import agreement
from explorer_engine.behaviours.values import Clustering
from explorer_engine.circuits import rows as circuit_rows
from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.kept import damage_told, read_arrays
from precompute.progress import bars
from precompute.source import Source
from precompute.stages.circuits import say_points

__all__ = [
    "Choose",
    "NameByTruth",
    "circuits_work",
    "clustering_work",
    "first_id",
    "save_arrays",
    "stage",
    "write_behaviours",
    "write_tables",
]

NameByTruth = Callable[[Sequence[str]], tuple[str, str]]
"""From the known behaviours of a cluster's contexts: what the cluster is called, and on what grounds."""

Choose = Callable[[Predictions], tuple[Predictions, Sequence[str] | None]]
"""Which predictions are clustered, and of each the behaviour that it is, where that is known."""


def stage(
    options: BehaviourOptions,
    source: Source,
    choose: Choose | None = None,
    name: NameByTruth | None = None,
    chosen_by: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> Stage:
    """Shards of the clusterings and their behaviours with contexts, similarity and circuits.

    All confident predictions are clustered unless `choose` chooses, `chosen_by` saying what decides its
    choice and `most` how many it takes; where behaviours are known `name` names clusters by them, else they
    are named by their contexts.
    """
    job = _Behaviours(options, source, choose, name)
    decides = {**(chosen_by or {}), **asdict(options)}
    return Stage(
        "behaviours", 5, decides, source.places, job.run, job.units, lambda of: _work(options, of, most)
    )


def clustering_work(options: BehaviourOptions, of: Shape, most: int | None) -> Work:
    """All documents once, and for each clustering a gradient of every context: `most`, and no more than one
    for ten tokens."""
    contexts = min(most or options.samples or of.tokens, of.tokens / 10)
    tokens = len(options.clusterings) * contexts * options.context
    memory = 3 * 8 * min(contexts, options.matrix_limit) ** 2
    return Work(forward=of.tokens, gradient=tokens, encoded=tokens, memory=memory)


def _work(options: BehaviourOptions, of: Shape, most: int | None) -> Work:
    """Of each clustering also its clusters' circuits: effects, an edge's gradient for each node, and every
    size swept."""
    clusters = clustering_work(options, of, most)
    circuits = circuits_work(options, len(options.clusterings) * options.most_clusters)
    return replace(
        clusters,
        forward=clusters.forward + circuits.forward,
        gradient=clusters.gradient + circuits.gradient,
        encoded=clusters.encoded + circuits.encoded,
    )


def circuits_work(options: BehaviourOptions, n: int) -> Work:
    """The circuits of n behaviours."""
    tokens = n * options.circuit_contexts * options.context
    return Work(
        forward=tokens * len(options.swept) * 2,
        gradient=tokens * (options.steps + options.circuit_nodes),
        encoded=tokens * options.steps,
    )


def first_id(options: BehaviourOptions, clustering: int) -> int:
    """Id of the first behaviour of the clustering of a number: 0, 100, …"""
    return clustering * max(100, options.most_clusters)


@dataclass(frozen=True)
class _Behaviours:
    """Units: the predictions, then each clustering, its circuits one by one, and its behaviours."""

    options: BehaviourOptions
    source: Source
    choose: Choose | None
    name: NameByTruth | None

    def units(self) -> Waves:
        circuits = [f"circuit-{cluster}" for cluster in range(self.options.most_clusters)]
        inner = [
            [f"{clustering.id}_{part}" for clustering in self.options.clusterings for part in parts]
            for parts in (["clusters"], circuits, ["rows"])
        ]
        return [["predictions"], *inner]

    def run(self, unit: str, folder: Path) -> None:
        if unit == "predictions":
            self._predictions(folder)
            return
        clustering, part = unit.split("_")
        if part == "clusters":
            self._cluster(next(own for own in self.options.clusterings if own.id == clustering), folder)
        elif part == "rows":
            self._rows(clustering, folder)
        else:
            self._circuit(clustering, int(part.removeprefix("circuit-")), folder)

    def _predictions(self, folder: Path) -> None:
        """predictions.npz: those that are clustered. Raises InputError for too few of them."""
        found = confident_predictions(
            self.source.model,
            self.source.documents,
            max_loss=self.options.max_loss,
            min_context=self.options.min_context,
            progress=bars(),
        )
        chosen, truth = (found, None) if self.choose is None else self.choose(found)
        if len(chosen) < self.options.least_contexts:
            raise InputError(
                f"behaviours: {len(chosen)} predictions are right with a loss below {self.options.max_loss} "
                f"nats, and the clusters take {self.options.least_contexts}: raise max_loss, ask for fewer "
                "clusters, or give more documents"
            )
        known = {} if truth is None else {"truth": np.array(truth)}
        kept = _sample(len(chosen), self.options)
        save_arrays(folder / "predictions.npz", **{k: v[kept] for k, v in {**vars(chosen), **known}.items()})

    def _cluster(self, clustering: ClusteringOptions, folder: Path) -> None:
        """CLUSTERING.npz with each prediction's cluster; shards of contexts, similarity and neighbours."""
        o, source, (predictions, truth) = self.options, self.source, _chosen(folder)
        examples = examples_of(source.documents, predictions, o.context)
        matrix = represented(source.model, source.dictionaries, examples, clustering, o, bars())
        found = clustered(matrix, clustering, o)
        before = tokens_before(source.documents, predictions)
        score = None if truth is None else agreement(found.cluster, predictions.answer, before, truth, o.seed)
        clusters = Clusters(predictions, found.cluster, truth, self._first_id(clustering.id))
        row = Clustering(
            clustering.id,
            title_of(clustering),
            words_of(clustering),
            len(clusters.numbers),
            len(predictions),
            score,
            found.method,
            tuple(found.tried.items()),
        )
        tables = to_rows(
            [
                row,
                *members.contexts(clusters),
                *members.similarities(clusters, matrix),
                *members.neighbours(clusters, matrix),
            ]
        )
        write_tables(folder, tables, clustering.id)
        save_arrays(folder / f"{clustering.id}.npz", clusters=found.cluster)

    def _circuit(self, clustering: str, cluster: int, folder: Path) -> None:
        """The circuit of one cluster with its faithfulness; nothing where there are fewer clusters."""
        source, clusters = self.source, self._clusters(clustering, folder)
        if cluster not in clusters.numbers:
            return
        entry = behaviour_circuit(
            source.model,
            source.dictionaries,
            source.documents,
            clusters,
            cluster,
            self.options,
            self._names(clusters),
        )
        if entry is not None:
            say_points(entry.id, entry.circuit)
            write_tables(folder, circuit_rows.to_rows([entry]), f"behaviour-{entry.behaviour:06}")

    def _rows(self, clustering: str, folder: Path) -> None:
        """The behaviours of one clustering with their labels and their circuits' figures."""
        clusters = self._clusters(clustering, folder)
        write_behaviours(folder, clusters, clustering, self._names(clusters))

    def _names(self, clusters: Clusters) -> Name:
        """By the truth where it is known, else by contexts."""
        by_truth, truth = self.name, clusters.truth
        if by_truth is not None and truth is not None:
            return lambda rows: by_truth([truth[int(i)] for i in rows])
        decode = self.source.model.tokenizer.decode
        return AutomaticNames(self.source.documents, clusters.predictions, lambda token: decode([token]))

    def _clusters(self, clustering: str, folder: Path) -> Clusters:
        predictions, truth = _chosen(folder)
        file = folder / f"{clustering}.npz"
        found = read_arrays(file)
        with damage_told(file):
            return Clusters(predictions, found["clusters"], truth, self._first_id(clustering))

    def _first_id(self, clustering: str) -> int:
        """Id of a clustering's first behaviour: 0, 100, …"""
        ids = [own.id for own in self.options.clusterings]
        return first_id(self.options, ids.index(clustering))


def write_behaviours(folder: Path, clusters: Clusters, clustering: str, name: Name) -> None:
    """The shard of a clustering's behaviours; their circuits are there already."""
    stored = ("circuit", "circuit_node", "circuit_edge")
    entries = circuit_rows.from_rows({table: shards.read(folder / "shards", table) for table in stored})
    circuits = {
        entry.behaviour: (entry.id, figures_of(entry.circuit))
        for entry in entries
        if entry.behaviour is not None
    }
    write_tables(folder, to_rows(members.behaviours(clusters, clustering, name, circuits)), clustering)


def _sample(n: int, options: BehaviourOptions) -> np.ndarray:
    """The rows of n predictions that are clustered, in order: all, or as many drawn as the options say."""
    if options.samples is None or n <= options.samples:
        return np.arange(n)
    return np.sort(np.random.default_rng(options.seed).choice(n, options.samples, replace=False))


def _chosen(folder: Path) -> tuple[Predictions, list[str] | None]:
    """What predictions.npz holds: what is clustered, and the behaviour that each is."""
    parts = read_arrays(folder / "predictions.npz")
    truth = parts.pop("truth", None)
    with damage_told(folder / "predictions.npz"):
        return Predictions(**parts), None if truth is None else truth.tolist()


def write_tables(folder: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]], name: str) -> None:
    """Rows by table as shards of a name in a stage's folder."""
    for table, rows in tables.items():
        shards.write(folder / "shards", table, rows, name)


def save_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Arrays as one file, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(path)

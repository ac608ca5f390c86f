"""Stage `imported-clusters`: clusters of files as a clustering of their own, with circuits as those found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from explorer_engine.behaviours import members
from explorer_engine.behaviours.circuit import behaviour_circuit
from explorer_engine.behaviours.filter import Predictions, answer_losses, examples_of
from explorer_engine.behaviours.members import Clusters, Name
from explorer_engine.behaviours.naming import AutomaticNames
from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.behaviours.represent.kinds import represented, words_of
from explorer_engine.behaviours.rows import to_rows
from explorer_engine.behaviours.values import Clustering
from explorer_engine.circuits import rows as circuit_rows
from explorer_engine.errors import InputError
from explorer_engine.formats.clusters import read_contexts
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.kept import damage_told, read_arrays
from precompute.progress import bars, say
from precompute.source import Source
from precompute.stages.behaviours import (
    circuits_work,
    first_id,
    save_arrays,
    write_behaviours,
    write_tables,
)
from precompute.stages.circuits import say_points

__all__ = ["CLUSTERING", "SPLIT", "STAGE", "cluster_files", "stage"]

STAGE, CLUSTERING = "imported-clusters", "imported"
SPLIT = "imported"
"""Of the documents, each of which is one context with its answer."""


def cluster_files(places: Sequence[str]) -> tuple[Path, ...]:
    """The files of places, of a folder all that end with .json in order of their names.

    Raises InputError for a place that is not there and for a folder without any.
    """
    files: list[Path] = []
    for place in map(Path, places):
        found = sorted(place.glob("*.json")) if place.is_dir() else [place]
        if not found or not all(file.is_file() for file in found):
            raise InputError(f"clusters {place}: no such file, or a folder without .json: give clusters")
        files += found
    return tuple(files)


def stage(options: BehaviourOptions, source: Source, files: Sequence[Path]) -> Stage:
    """Shards of the clustering `imported`: documents, behaviours with contexts, similarity and circuits.

    A behaviour is a file, and a document, after those of the source, each of its contexts with its answer.
    Likeness is by the first clustering's representation.
    """
    job = _Imported(options, source, tuple(files))
    decides = {**asdict(options), "files": [file.name for file in files]}
    inputs = (*source.places, *files)
    return Stage(STAGE, 1, decides, inputs, job.run, job.units, lambda of: _work(options, len(files), of))


def _work(options: BehaviourOptions, files: int, of: Shape) -> Work:
    """The circuits, and once through the contexts: each file is taken to have as many as circuits use."""
    tokens = files * 2 * options.circuit_contexts * of.window
    circuits = circuits_work(options, files)
    return replace(circuits, forward=circuits.forward + tokens, gradient=circuits.gradient + tokens)


@dataclass(frozen=True)
class _Imported:
    """Units: the contexts of all files, then the circuit of each file, then the behaviours."""

    options: BehaviourOptions
    source: Source
    files: tuple[Path, ...]

    def units(self) -> Waves:
        return [["contexts"], [f"circuit-{k}" for k in range(len(self.files))], ["rows"]]

    def run(self, unit: str, folder: Path) -> None:
        match unit.split("-"):
            case ["contexts"]:
                self._contexts(folder)
            case ["circuit", cluster]:
                self._circuit(int(cluster), folder)
            case _:
                clusters = self._clusters(folder)
                write_behaviours(folder, clusters, CLUSTERING, self._names(clusters, folder))

    def _contexts(self, folder: Path) -> None:
        """imported.npz: the contexts as predictions, and of which file each is; shards of all but circuits.

        Raises InputError for a file that is none, and where no context is left.
        """
        own, cluster = self._read()
        start = len(self.source.documents)
        found = Predictions(
            document=start + np.arange(len(own)),
            position=np.array([len(tokens) - 1 for tokens in own]),
            answer=np.array([tokens[-1] for tokens in own]),
            loss=answer_losses(self.source.model, own),
        )
        documents = ({"id": start + k, "tokens": tokens, "split": SPLIT} for k, tokens in enumerate(own))
        clusters = Clusters(found, cluster, None, self._first_id)
        first, o = self.options.clusterings[0], self.options
        examples = examples_of([*self.source.documents, *own], found, o.context)
        matrix = represented(self.source.model, self.source.dictionaries, examples, first, o, bars())
        tables = to_rows(
            [
                self._row(clusters, words_of(first)),
                *members.contexts(clusters),
                *members.similarities(clusters, matrix),
                *members.neighbours(clusters, matrix),
            ]
        )
        write_tables(folder, {**tables, "document": documents}, CLUSTERING)
        save_arrays(folder / "imported.npz", **vars(found), clusters=cluster)

    def _read(self) -> tuple[list[list[int]], np.ndarray]:
        """The documents of all files, and of which file each is; says what was left out."""
        model = self.source.model
        reads = getattr(model.config, "max_position_embeddings", None)
        own: list[list[int]] = []
        cluster: list[int] = []
        for k, file in enumerate(self.files):
            contexts, dropped = read_contexts(file, model.tokenizer, reads)
            say(str(dropped))
            own += [[*prompt, answer] for prompt, answer in contexts]
            cluster += [k] * len(contexts)
        if not own:
            raise InputError(
                f"clusters {self.files[0]} …: no context is left: give some of this model's tokenizer"
            )
        return own, np.array(cluster)

    def _row(self, clusters: Clusters, likeness: str) -> Clustering:
        names = ", ".join(self.files[k].name for k in clusters.numbers)
        words = f"the file that each was imported from ({names}); likeness by {likeness}"
        n = len(clusters.numbers), len(clusters.predictions)
        return Clustering(CLUSTERING, "Imported clusters", words, *n)

    def _circuit(self, cluster: int, folder: Path) -> None:
        """The circuit of one file's contexts with its faithfulness; nothing where none of them is left."""
        clusters, source = self._clusters(folder), self.source
        if cluster not in clusters.numbers:
            return
        documents, names = source.documents_with(folder / "shards"), self._names(clusters, folder)
        entry = behaviour_circuit(
            source.model, source.dictionaries, documents, clusters, cluster, self.options, names
        )
        if entry is not None:
            say_points(entry.id, entry.circuit)
            write_tables(folder, circuit_rows.to_rows([entry]), f"behaviour-{entry.behaviour:06}")

    def _clusters(self, folder: Path) -> Clusters:
        parts = read_arrays(folder / "imported.npz")
        with damage_told(folder / "imported.npz"):
            return Clusters(
                cluster=parts.pop("clusters"), predictions=Predictions(**parts), first_id=self._first_id
            )

    def _names(self, clusters: Clusters, folder: Path) -> Name:
        """By their contexts, with the file's name."""
        documents, decode = self.source.documents_with(folder / "shards"), self.source.model.tokenizer.decode
        automatic = AutomaticNames(documents, clusters.predictions, lambda token: decode([token]))

        def name(rows: np.ndarray) -> tuple[str, str]:
            (label, grounds), file = automatic(rows), self.files[int(clusters.cluster[rows[0]])]
            return f"{label} ({file.stem})", f"{grounds}; from {file.name}"

        return name

    @cached_property
    def _first_id(self) -> int:
        return first_id(self.options, len(self.options.clusterings))

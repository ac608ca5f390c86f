"""The artefact store as the pages see it: one reader of one published file, queries grouped by page."""

from __future__ import annotations

from pathlib import Path

from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.behaviours import BehaviourQueries
from explorer_engine.store.queries.circuits import CircuitQueries
from explorer_engine.store.queries.classifiers import ClassifierQueries
from explorer_engine.store.queries.comparisons import ComparisonQueries
from explorer_engine.store.queries.features import FeatureQueries
from explorer_engine.store.queries.finding import FindingQueries
from explorer_engine.store.queries.start import StartQueries

__all__ = ["ArtefactStore"]


class ArtefactStore:
    """Everything the offline jobs computed for one world, read-only.

    Safe to share between threads; a file published over this one is picked up by the next query. Every method
    returns frozen dataclasses of `explorer_engine.store.values` with tokens as text. Raises InputError for
    unknown ids.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises InputError when there is no readable store of this schema version at `path`."""
        self.reader = StoreReader(path)
        self.start = StartQueries(self.reader)
        """The world, its dictionaries, quality figures, provenance, what is missing."""
        self.behaviours = BehaviourQueries(self.reader)
        """Clusterings, the table of behaviours, and one behaviour's contexts, curves and neighbours."""
        self.circuits = CircuitQueries(self.reader)
        """The list of circuits, one circuit's graph, its faithfulness sweep."""
        self.comparisons = ComparisonQueries(self.reader)
        """Groups of circuits, the features of many, which circuits and behaviours are alike."""
        self.features = FeatureQueries(self.reader)
        """The list of features, one feature's card, contexts, circuits, neighbours, groups."""
        self.finding = FindingQueries(self.reader)
        """What finding by words reads: columns for its index, patterns, passages."""
        self.classifiers = ClassifierQueries(self.reader)
        """Tasks, their texts, their circuit's features, the SHIFT table."""

    @property
    def version(self) -> tuple[int, int, int]:
        """Changes when a new file is published: part of every cache key."""
        return self.reader.version

    def close(self) -> None:
        """Close the file; a later query opens it again."""
        self.reader.close()

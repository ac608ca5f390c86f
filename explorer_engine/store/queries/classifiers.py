"""What the SHIFT page asks: classifiers, their texts, the probe circuit's features, the table of runs."""

from __future__ import annotations

import json

from explorer_engine.errors import InputError
from explorer_engine.shift.rows import classifier_from_row, features_from_rows, runs_from_rows
from explorer_engine.shift.values import ClassifierFeature, ClassifierText, ShiftRun, StoredClassifier
from explorer_engine.store.connection import StoreReader

__all__ = ["ClassifierQueries"]


class ClassifierQueries:
    """Queries of the SHIFT page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def all(self) -> tuple[StoredClassifier, ...]:
        """All classifiers of this world; the one whose probe uses the attribute most comes first."""
        rows = self._reader.rows(
            """SELECT c.task
               FROM classifier c LEFT JOIN shift_run r
               ON r.task = c.task AND r.name = 'original' AND r.split = 'test'
               ORDER BY coalesce(r.attribute, 0) DESC, c.task"""
        )
        return tuple(self.get(name) for (name,) in rows)

    def get(self, task: str) -> StoredClassifier:
        """One classifier by the name of its task. Raises InputError where there is none of that name."""
        found = self._reader.records("SELECT * FROM classifier WHERE task = ?", [task])
        if not found:
            known = ", ".join(
                name for (name,) in self._reader.rows("SELECT task FROM classifier ORDER BY task")
            )
            there = f"it has {known}: choose one" if known else "it has none: name another world"
            raise InputError(f"classifier task {task!r} is not in this world: {there}")
        texts = self._reader.records(
            """SELECT split, count(*) AS n FROM classifier_text
               WHERE task = ? GROUP BY split ORDER BY split""",
            [task],
        )
        row = {**found[0], "parameters": json.loads(found[0]["parameters"])}
        return classifier_from_row(row, {row["split"]: row["n"] for row in texts})

    def texts(self, task: str, split: str) -> tuple[ClassifierText, ...]:
        """All texts of one split as token ids, by id: for the live engine rather than for a page."""
        rows = self._reader.records(
            """SELECT id, tokens, label, attribute FROM classifier_text
               WHERE task = ? AND split = ? ORDER BY id""",
            [task, split],
        )
        return tuple(ClassifierText(**{**row, "tokens": tuple(row["tokens"])}) for row in rows)

    def words(self, task: str, split: str, ids: tuple[int, ...]) -> dict[int, tuple[str, ...]]:
        """Token texts of a few texts by id: the examples a page shows."""
        if not ids:
            return {}
        wanted = ", ".join(str(int(i)) for i in ids)
        rows = self._reader.rows(
            f"SELECT id, tokens FROM classifier_text WHERE task = ? AND split = ? AND id IN ({wanted})",
            [task, split],
        )
        return {i: self._reader.text(tokens) for i, tokens in rows}

    def features(self, task: str) -> tuple[ClassifierFeature, ...]:
        """The features of the probe's circuit, strongest first."""
        rows = self._reader.records(
            """SELECT c.*, r.top_tokens AS tokens
               FROM classifier_feature c LEFT JOIN feature_row r ON r.site = c.site AND r.feature = c.feature
               WHERE c.task = ?""",
            [task],
        )
        groups = self._reader.records("SELECT * FROM classifier_group WHERE task = ?", [task])
        texts = ({**row, "tokens": self._reader.text(row["tokens"])} for row in rows)
        return features_from_rows(texts, groups)

    def runs(self, task: str) -> tuple[ShiftRun, ...]:
        """The SHIFT table's rows, in its order."""
        return runs_from_rows(self._reader.records("SELECT * FROM shift_run WHERE task = ?", [task]))

"""What the SHIFT page asks: tasks, their texts, the probe circuit's features, the table of runs."""

from __future__ import annotations

import json

from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.connection import Reader
from explorer_engine.store.values import ClassifierFeature, ClassifierTask, ClassifierText, ShiftRow

__all__ = ["ClassifierQueries"]


class ClassifierQueries:
    """Queries of the SHIFT page."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def tasks(self) -> tuple[ClassifierTask, ...]:
        """All classifier tasks of this world; the one whose probe uses the attribute most comes first."""
        rows = self._reader.rows(
            """SELECT c.task
               FROM classifier c LEFT JOIN shift_run r ON r.task = c.task AND r.name = 'original'
               ORDER BY coalesce(r.attribute, 0) DESC, c.task"""
        )
        return tuple(self.task(name) for (name,) in rows)

    def task(self, task: str) -> ClassifierTask:
        """One task; raises InputError when there is none of that name."""
        row = self._reader.row(
            """SELECT task, title, site, classes, attributes, circuit, probe_weight, probe_bias, parameters
               FROM classifier WHERE task = ?""",
            [task],
        )
        if row is None:
            raise InputError(
                f"classifier task {task!r} is not in this world; the SHIFT page lists those that are"
            )
        name, title, site, classes, attributes, circuit, weight, bias, parameters = row
        counts = self._reader.rows(
            "SELECT split, count(*) FROM classifier_text WHERE task = ? GROUP BY split ORDER BY split", [task]
        )
        return ClassifierTask(
            name,
            title,
            Site.parse(site),
            tuple(classes),
            tuple(attributes),
            circuit,
            tuple(weight),
            bias,
            json.loads(parameters),
            dict(counts),  # type: ignore[arg-type]
        )

    def texts(self, task: str, split: str) -> tuple[ClassifierText, ...]:
        """All texts of one split as token ids, by id: for the live engine rather than for a page."""
        rows = self._reader.rows(
            """SELECT id, tokens, label, attribute FROM classifier_text
               WHERE task = ? AND split = ? ORDER BY id""",
            [task, split],
        )
        return tuple(
            ClassifierText(i, tuple(tokens), label, attribute) for i, tokens, label, attribute in rows
        )

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
        rows = self._reader.rows(
            """SELECT c.rank, c.site, c.feature, r.top_tokens, c.effect, c.spurious_truth, c.alone
               FROM classifier_feature c LEFT JOIN feature_row r ON r.site = c.site AND r.feature = c.feature
               WHERE c.task = ? ORDER BY c.rank""",
            [task],
        )
        return tuple(
            ClassifierFeature(rank, FeatureRef(Site.parse(site), feature), self._reader.text(tokens), *rest)
            for rank, site, feature, tokens, *rest in rows
        )

    def runs(self, task: str) -> tuple[ShiftRow, ...]:
        """The SHIFT table's rows, in its order."""
        rows = self._reader.rows(
            """SELECT name, needs_balanced_labels, n_ablated, profession, attribute, worst,
                      profession_ci, attribute_ci, worst_ci, groups, note
               FROM shift_run WHERE task = ? ORDER BY rank""",
            [task],
        )
        return tuple(
            ShiftRow(
                name, balanced, n, profession, attribute, worst, tuple(a), tuple(b), tuple(c), tuple(d), note
            )
            for name, balanced, n, profession, attribute, worst, a, b, c, d, note in rows
        )

"""What the Start page asks: the world, how good it is, how it was made, what is missing."""

from __future__ import annotations

import json

from explorer_engine.dictionaries.rows import from_rows
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.errors import InputError
from explorer_engine.quality import QualityFigure
from explorer_engine.quality import from_rows as figures_from_rows
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.values import DensitySummary, Missing, NamesSummary, Provenance, WorldSummary

__all__ = ["StartQueries"]

# What a world can hold, the table that shows whether it does, and the artefact that it comes with.
_PARTS = (
    (
        "Dictionaries of every site",
        "none at {} of {} sites",
        "SELECT 1 + 3 * n_layers - (SELECT count(*) FROM dictionary), 1 + 3 * n_layers FROM world",
        "dictionaries",
    ),
    ("Feature dashboards", "no contexts or densities", "SELECT count(*) FROM feature_context", "dashboards"),
    ("Behaviours", "no clusters of contexts", "SELECT count(*) FROM behaviour", "behaviours"),
    ("Circuits", "none of any kind", "SELECT count(*) FROM circuit", "circuits"),
    (
        "Behaviour circuits",
        "{} of {} behaviours have none",
        "SELECT count(*) FILTER (circuit IS NULL), count(*) FROM behaviour",
        "behaviours",
    ),
    (
        "Position-resolved circuits",
        "all circuits sum over positions",
        "SELECT count(*) FROM circuit WHERE aggregation = 'none'",
        "circuits",
    ),
    ("Faithfulness sweeps", "no curve for any circuit", "SELECT count(*) FROM faithfulness", "circuits"),
    ("Training curves", "no checkpoint's loss", "SELECT count(*) FROM training_loss", "loss curves"),
    ("Classifier", "no task to clean", "SELECT count(*) FROM classifier", "classifier"),
)


class StartQueries:
    """Queries of the Start page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def world(self) -> WorldSummary:
        """What this world is; raises InputError when the store holds no world row."""
        found = self._reader.values(
            WorldSummary,
            """SELECT *, (SELECT count(*) FROM document) AS n_documents,
                      (SELECT count(*) FROM dictionary) AS n_dictionaries,
                      (SELECT coalesce(sum(n_features), 0)::BIGINT FROM dictionary) AS n_features,
                      (SELECT count(*) FROM behaviour) AS n_behaviours,
                      (SELECT count(*) FROM circuit) AS n_circuits
               FROM world""",
        )
        if not found:
            raise InputError(f"{self._reader.path}: the store does not say what world it is")
        return found[0]

    def dictionaries(self) -> tuple[DictionaryQuality, ...]:
        """All dictionaries, shallowest first."""
        return from_rows(self._reader.records("SELECT * FROM dictionary"))

    def quality(self) -> tuple[QualityFigure, ...]:
        """The quality report, in the order in which it was written."""
        return figures_from_rows(self._reader.records("SELECT * FROM quality ORDER BY rowid"))

    def density(self, above: float) -> DensitySummary:
        """Features that are active on more than a share of the tokens, and what they carry in circuits."""
        (found,) = self._reader.values(
            DensitySummary,
            """SELECT (SELECT count(*) FROM feature) AS n_features,
                      (SELECT count(*) FROM feature WHERE density > $above) AS n_dense,
                      (SELECT sum(abs(effect)) FILTER (density > $above) / sum(abs(effect))
                       FROM circuit_node JOIN feature USING (site, feature)) AS share""",
            {"above": above},
        )
        return found

    def names(self) -> tuple[NamesSummary, ...]:
        """How well patterns name features, by kind of site; empty where none were looked for."""
        rows = self._reader.records(
            """SELECT regexp_extract(site, '^[a-z]+') AS kind, count(*) AS n_features, count(name) AS n_named,
                      quantile_cont(accuracy, [0.1, 0.25, 0.5, 0.75, 0.9]) AS accuracy,
                      quantile_cont(correlation, [0.1, 0.25, 0.5, 0.75, 0.9]) AS correlation
               FROM feature_name JOIN dictionary USING (site) GROUP BY 1 ORDER BY min(depth)"""
        )
        lists = ("accuracy", "correlation")
        return tuple(NamesSummary(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows)

    def provenance(self, artefact: str | None = None) -> tuple[Provenance, ...]:
        """How every artefact was made, or only the one named; oldest first."""
        records = self._reader.records(
            "SELECT * FROM provenance WHERE artefact = coalesce(?, artefact) ORDER BY made_at, artefact",
            [artefact],
        )
        return tuple(
            Provenance(**{**record, "parameters": json.loads(record["parameters"])}) for record in records
        )

    def missing(self) -> tuple[Missing, ...]:
        """What this world could hold and does not, with the command that makes it where one is recorded."""
        found = []
        for what, detail, sql, artefact in _PARTS:
            row = self._reader.row(sql)
            assert row is not None
            lacks = row[0] > 0 if len(row) == 2 else row[0] == 0
            if lacks:
                found.append(Missing(what, detail.format(*row), self.command(artefact)))
        return tuple(found)

    def command(self, artefact: str) -> str | None:
        """The command that makes an artefact of this world, where one is recorded."""
        row = self._reader.row("SELECT command FROM provenance WHERE artefact = ?", [artefact])
        return row[0] if row else None

"""The artefact schema as data: its tables and columns, and the keys and references that publish checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

__all__ = [
    "DERIVED",
    "KEYS",
    "MIGRATIONS",
    "OLDEST_VERSION",
    "ORDER",
    "REFERENCES",
    "SCHEMA",
    "Column",
    "columns",
    "current_version",
]

_HERE = Path(__file__).parent
SCHEMA = (_HERE / "artefacts.sql").read_text(encoding="utf-8")
DERIVED = (_HERE / "derived.sql").read_text(encoding="utf-8")
MIGRATIONS = {int(file.name[:4]): file for file in sorted((_HERE / "migrations" / "artefacts").glob("*.sql"))}
"""Version → the script that brings tables of the version before to it, where names or meanings changed."""
OLDEST_VERSION = 1
"""The oldest version that can be migrated."""

# Checked once at publication; an index over feature_context would be larger than the table.
KEYS: dict[str, tuple[str, ...]] = {
    "provenance": ("artefact",),
    "quality": ("area", "figure"),
    "token": ("id",),
    "document": ("id",),
    "dictionary": ("site",),
    "feature": ("site", "feature"),
    "feature_ablation": ("site", "feature"),
    "feature_name": ("site", "feature"),
    "feature_context": ("site", "feature", "bin", "rank"),
    "feature_neighbour": ("site", "feature", "rank"),
    "clustering": ("id",),
    "behaviour": ("id",),
    "behaviour_context": ("behaviour", "rank"),
    "behaviour_similarity": ("behaviour",),
    "behaviour_neighbour": ("behaviour", "rank"),
    "training_loss": ("behaviour", "step"),
    "circuit": ("id",),
    "circuit_node": ("circuit", "id"),
    "circuit_edge": ("circuit", "source", "target"),
    "faithfulness": ("circuit", "unit", "start_layer", "errors", "tested_on", "threshold"),
    "classifier": ("task",),
    "classifier_text": ("task", "split", "id"),
    "classifier_feature": ("task", "rank"),
    "classifier_group": ("task", "site", "feature", "label", "attribute"),
    "shift_run": ("task", "name", "split"),
}
"""Table → the columns that name a row."""

REFERENCES: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    ("feature", ("site",), "dictionary", ("site",)),
    ("feature_ablation", ("site", "feature"), "feature", ("site", "feature")),
    ("feature_name", ("site", "feature"), "feature", ("site", "feature")),
    ("feature_context", ("site", "feature"), "feature", ("site", "feature")),
    ("feature_context", ("document",), "document", ("id",)),
    ("feature_neighbour", ("site", "feature"), "feature", ("site", "feature")),
    ("feature_neighbour", ("other_site", "other_feature"), "feature", ("site", "feature")),
    ("behaviour", ("clustering",), "clustering", ("id",)),
    ("behaviour", ("circuit",), "circuit", ("id",)),
    ("behaviour_context", ("behaviour",), "behaviour", ("id",)),
    ("behaviour_context", ("document",), "document", ("id",)),
    ("behaviour_similarity", ("behaviour",), "behaviour", ("id",)),
    ("behaviour_neighbour", ("behaviour",), "behaviour", ("id",)),
    ("behaviour_neighbour", ("other",), "behaviour", ("id",)),
    ("training_loss", ("behaviour",), "behaviour", ("id",)),
    ("circuit", ("behaviour",), "behaviour", ("id",)),
    ("circuit", ("task",), "classifier", ("task",)),
    ("circuit", ("summed_of",), "circuit", ("id",)),
    ("circuit_node", ("circuit",), "circuit", ("id",)),
    ("circuit_node", ("site", "feature"), "feature", ("site", "feature")),
    ("circuit_edge", ("circuit", "source"), "circuit_node", ("circuit", "id")),
    ("circuit_edge", ("circuit", "target"), "circuit_node", ("circuit", "id")),
    ("faithfulness", ("circuit",), "circuit", ("id",)),
    ("classifier", ("circuit",), "circuit", ("id",)),
    ("classifier", ("site",), "dictionary", ("site",)),
    ("classifier_text", ("task",), "classifier", ("task",)),
    ("classifier_feature", ("task",), "classifier", ("task",)),
    ("classifier_feature", ("site", "feature"), "feature", ("site", "feature")),
    ("classifier_group", ("task",), "classifier", ("task",)),
    ("classifier_group", ("site", "feature"), "feature", ("site", "feature")),
    ("shift_run", ("task",), "classifier", ("task",)),
)
"""(table, columns, table referred to, its columns); a NULL refers to nothing."""

ORDER: dict[str, tuple[str, ...]] = {
    **KEYS,
    "circuit_edge": ("circuit",),
    "quality": (),
    "training_loss": ("behaviour", "step"),
}
"""Table → physical order: neighbours on the page are neighbours on disk, so a query reads few blocks."""


@dataclass(frozen=True)
class Column:
    """A column of a table that jobs write."""

    type: str
    required: bool
    """Whether it is NOT NULL."""

    def sql(self, name: str) -> str:
        """Its part of a CREATE TABLE."""
        return f"{name} {self.type}{' NOT NULL' if self.required else ''}"


@cache
def current_version() -> int:
    """Version of artefacts.sql: the one that this code reads and writes."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(SCHEMA)
        row = connection.execute("SELECT version FROM schema_version").fetchone()
    assert row is not None
    return row[0]


@cache
def columns() -> dict[str, dict[str, Column]]:
    """Table → column name → column, of every table that jobs write."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(SCHEMA)
        rows = connection.execute(
            """SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
               WHERE NOT internal AND table_name <> 'schema_version' ORDER BY table_oid, column_index"""
        ).fetchall()
    found: dict[str, dict[str, Column]] = {}
    for table, column, type_, nullable in rows:
        found.setdefault(table, {})[column] = Column(type_, not nullable)
    return found

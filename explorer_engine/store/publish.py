"""From shards to the file that the app reads: built beside the old one, checked, renamed into place."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store.connection import SCHEMA_VERSION
from explorer_engine.store.schema import DERIVED, KEYS, ORDER, REFERENCES, SCHEMA, columns
from explorer_engine.store.shards import tables_in

__all__ = ["publish"]

_BLOCK_SIZE = 1 << 16
"""Bytes: a quarter of the default, for the demo's many small tables fill few blocks (15 MB became 9)."""


def publish(shards: Iterable[str | Path], target: str | Path) -> dict[str, int]:
    """Build the artefact store `target` from the shard folders and return the number of rows of each table.

    A reader of the old file never sees a half-built one: the new file is built under another name, checked,
    and renamed over `target`; a failure leaves `target` as it was. Shards are united by the names of their
    columns; a column that may be NULL and that a shard lacks is NULL in its rows, with a warning. Raises
    InputError naming the shard whose columns are not the schema's, and, naming table and row, when a key
    occurs twice, a reference leads nowhere, or the lists of a row differ in length.
    """
    target = Path(target)
    building = target.with_name(f".{target.name}.building")
    building.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with duckdb.connect(":memory:") as connection:
            quoted = str(building).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS building (BLOCK_SIZE {_BLOCK_SIZE})")
            connection.execute("USE building")
            counts = _build(connection, shards)
            connection.execute("USE memory")
            connection.execute("DETACH building")
        with building.open("rb") as file:
            os.fsync(file.fileno())
        building.replace(target)
    finally:
        building.unlink(missing_ok=True)
        building.with_name(f"{building.name}.wal").unlink(missing_ok=True)
    return counts


def _build(connection: duckdb.DuckDBPyConnection, shards: Iterable[str | Path]) -> dict[str, int]:
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(SCHEMA)
    connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
    counts = {}
    for table, paths in tables_in(shards).items():
        _check_columns(connection, table, paths)
        order = ORDER.get(table, ())
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet($paths, union_by_name = true)"
            + (f" ORDER BY {', '.join(order)}" if order else ""),
            {"paths": [str(path) for path in paths]},
        )
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        counts[table] = row[0]
    _check(connection)
    connection.execute(DERIVED)
    connection.execute("CHECKPOINT")
    return counts


def _check_columns(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> None:
    """Tell a shard that another version of the code wrote, rather than lose a column of it."""
    known = columns()[table]
    for path in paths:
        try:
            rows = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: not a readable shard ({reason}); run its stage again") from None
        found = {row[0] for row in rows}
        unknown = sorted(found - known.keys())
        missing = [name for name in known if name not in found]
        required = [name for name in missing if known[name].required]
        if unknown or required:
            wrong = f"has {unknown[0]}, which {table} has not" if unknown else f"lacks {table}.{required[0]}"
            raise InputError(f"{path}: {wrong}; another version of the code wrote it: run its stage again")
        if missing:
            warnings.warn(
                f"{path}: without {', '.join(missing)} (another version wrote it); NULL in its rows",
                stacklevel=4,
            )


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    for table, key in KEYS.items():
        names = ", ".join(key)
        twice = connection.execute(
            f"SELECT {names} FROM {table} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
        if twice:
            raise InputError(
                f"{table}: {_say(key, twice)} occurs more than once; write each row in one shard only"
            )
    for table, own, other, key in REFERENCES:
        present = " AND ".join(f"a.{column} IS NOT NULL" for column in own)
        same = " AND ".join(f"b.{theirs} = a.{ours}" for ours, theirs in zip(own, key, strict=True))
        lost = connection.execute(
            f"SELECT {', '.join(f'a.{column}' for column in own)} FROM {table} a "
            f"WHERE {present} AND NOT EXISTS (SELECT 1 FROM {other} b WHERE {same}) LIMIT 1"
        ).fetchone()
        if lost:
            raise InputError(
                f"{table}: {_say(own, lost)} is not in {other}; write that row too, or leave this one out"
            )
    for table, broken, what in _RULES:
        row = connection.execute(f"SELECT * FROM {table} t WHERE {broken} LIMIT 1").fetchone()
        if row:
            raise InputError(f"{table}: {what} in row {row[:4]}; correct what writes it")


# What a column's type cannot say: table, condition of a broken row, what is wrong.
_RULES = (
    ("feature", "len(promoted) <> len(promoted_logits)", "promoted and promoted_logits differ in length"),
    (
        "feature",
        "len(suppressed) <> len(suppressed_logits)",
        "suppressed and suppressed_logits differ in length",
    ),
    (
        "feature",
        "len(ablated) IS DISTINCT FROM len(ablated_delta)",
        "ablated and ablated_delta differ in length",
    ),
    (
        "feature",
        "density < 0 OR density > 1 OR isnan(density) OR isnan(maximum)",
        "density is no share or maximum no number",
    ),
    (
        "feature_context",
        "position < first OR position >= first + len(shades)",
        "the peak lies outside the window",
    ),
    ("feature_context", "bin NOT BETWEEN 0 AND 4", "bin is outside 0–4"),
    (
        "feature_context",
        "(SELECT len(d.tokens) FROM document d WHERE d.id = t.document) < first + len(shades)",
        "the window leaves its document",
    ),
    (
        "behaviour_context",
        "(SELECT d.tokens[t.position + 1] FROM document d WHERE d.id = t.document) IS DISTINCT FROM answer",
        "the token at the position is not the answer",
    ),
    ("behaviour_similarity", "len(matrix) <> n * n", "the matrix is not n × n"),
    ("circuit_node", "isnan(effect) OR isinf(effect)", "the effect is not a number"),
    ("circuit_edge", "isnan(weight) OR isinf(weight)", "the weight is not a number"),
    ("circuit_node", "site = 'y' AND id <> 'y'", "the output node is not called y"),
    ("shift_run", "len(groups) <> 4", "groups does not hold four accuracies"),
)


def _say(names: Iterable[str], values: Iterable[object]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in zip(names, values, strict=True))

"""Building an artefact store: filled under another name, checked, and only then given its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store.schema import DERIVED, KEYS, REFERENCES, SCHEMA

__all__ = ["built"]

_BLOCK_SIZE = 1 << 16
"""Bytes: a quarter of the default, for the demo's many small tables fill few blocks (15 MB became 9)."""


@contextmanager
def built(
    target: str | Path, connection: duckdb.DuckDBPyConnection, fill: Callable[[], None]
) -> Iterator[Path]:
    """A new store beside `target`, checked and safe on disk, for the caller to rename.

    `fill` inserts into the empty tables of artefacts.sql through `connection`, whose current database is
    then the new file. A reader of `target` never sees a half-built store, and a failure leaves it as it
    was. Raises InputError when a key occurs twice, a reference leads nowhere, or the lists of a row differ
    in length, naming table and row.
    """
    target = Path(target)
    building = target.with_name(f".{target.name}.building")
    wal = building.with_name(f"{building.name}.wal")
    building.unlink(missing_ok=True)
    wal.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    try:
        quoted = str(building).replace("'", "''")
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"ATTACH '{quoted}' AS building (BLOCK_SIZE {_BLOCK_SIZE})")
        connection.execute("USE building")
        connection.execute(SCHEMA)
        fill()
        _check(connection)
        connection.execute(DERIVED)
        connection.execute("CHECKPOINT")
        connection.execute(f'USE "{row[0]}"')
        connection.execute("DETACH building")
        with building.open("rb") as file:
            os.fsync(file.fileno())
        yield building
    finally:
        building.unlink(missing_ok=True)
        wal.unlink(missing_ok=True)


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
    ("feature_ablation", "len(tokens) <> len(delta)", "tokens and delta differ in length"),
    (
        "feature",
        "density < 0 OR density > 1 OR isnan(density) OR isnan(maximum)",
        "density is no share or maximum no number",
    ),
    (
        "feature_name",
        "accuracy NOT BETWEEN 0 AND 1 OR correlation NOT BETWEEN -1 AND 1",
        "accuracy is no share or correlation no correlation",
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

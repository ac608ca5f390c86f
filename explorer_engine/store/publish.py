"""From shards to the file that the app reads: united by column names, built beside the old one, renamed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store.building import built
from explorer_engine.store.schema import ORDER, columns
from explorer_engine.store.shards import tables_in

__all__ = ["misfits", "publish"]


def publish(shards: Iterable[str | Path], target: str | Path) -> dict[str, int]:
    """Build the artefact store `target` from the shard folders and return the number of rows of each table.

    A failure leaves `target` as it was. Shards are united by the names of their columns; a column that may
    be NULL and that a shard lacks is NULL in its rows, with a warning. Raises InputError naming the shard
    whose columns are not the schema's, and, naming table and row, when a key occurs twice, a reference
    leads nowhere, or the lists of a row differ in length.
    """
    counts = {}

    def fill() -> None:
        for table, paths in tables_in(shards).items():
            _check_columns(connection, table, paths)
            order = ORDER.get(table, ())
            try:
                row = connection.execute(
                    f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet($paths, union_by_name = true)"
                    + (f" ORDER BY {', '.join(order)}" if order else ""),
                    {"paths": [str(path) for path in paths]},
                ).fetchone()
            except duckdb.Error as error:
                if not isinstance(error, duckdb.InvalidInputException) and type(error) is not duckdb.Error:
                    raise  # a row that does not fit, a full disk
                reason = str(error).splitlines()[0]
                raise InputError(f"{paths[0].parent}: not readable ({reason}): run its stage again") from None
            assert row is not None
            counts[table] = row[0]

    with duckdb.connect(":memory:") as connection, built(target, connection, fill) as new:
        new.replace(target)
    return counts


def misfits(folder: str | Path) -> Iterator[str]:
    """What is wrong with each shard of a folder that could not be published.

    Raises InputError for a folder of a table that does not exist.
    """
    with duckdb.connect(":memory:") as connection:
        for table, paths in tables_in([folder]).items():
            for path in paths:
                try:
                    _check_columns(connection, table, [path])
                except InputError as problem:
                    yield str(problem)


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

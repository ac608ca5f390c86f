"""Parquet shards: what jobs write, one file a table and job, checked against the schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.store.schema import Column, columns

__all__ = ["distinct", "read", "tables_in", "write"]

_BATCH = 20_000


def write(directory: str | Path, table: str, rows: Iterable[Mapping[str, Any]], name: str = "part-0") -> Path:
    """Write rows of one table to `directory/table/name.parquet` and return its path.

    Every row is a mapping from column to value; a column that may be NULL can be left out;
    JSON columns take any value that `json` can write; numbers and lists of them may be numpy's. The file
    appears whole or not at all, so a shard that exists is a finished piece of work. Raises InputError
    naming the table and column for an unknown table or column, a missing value, or a value that the
    column's type cannot hold.
    """
    schema = columns()
    if table not in schema:
        raise InputError(
            f"{table!r} is not a table of the artefact store; its tables are {', '.join(schema)}"
        )
    target = Path(directory) / table / f"{name}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole(target) as partial, duckdb.connect(":memory:", config={"threads": 1}) as connection:
        cells = ", ".join(column.sql(name_) for name_, column in schema[table].items())
        connection.execute(f"CREATE TABLE {table} ({cells})")
        batch: list[list[Any]] = []
        for row in rows:
            batch.append(_values(table, schema[table], row))
            if len(batch) == _BATCH:
                _insert(connection, table, schema[table], batch)
                batch = []
        _insert(connection, table, schema[table], batch)
        quoted = str(partial).replace("'", "''")
        connection.execute(f"COPY {table} TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
    return target


def read(directory: str | Path, table: str, name: str = "*") -> list[dict[str, Any]]:
    """The rows of one table's shards under a directory, in order of file name and as they were written.

    All of them, or the one called `name`. JSON columns are given back as values. Raises InputError when
    there is no shard of the table.
    """
    paths = _paths(directory, table, name)
    with _told(directory, table), duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("SELECT * FROM read_parquet($paths, union_by_name = true)", {"paths": paths})
        names = [column[0] for column in connection.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in connection.fetchall()]
    coded = [name for name, column in columns()[table].items() if column.type == "JSON"]
    for row in rows:
        with _told(directory, table):
            row |= {name: json.loads(row[name]) for name in coded if row.get(name) is not None}
    return rows


def distinct(
    directory: str | Path, table: str, columns: Sequence[str], name: str = "*", **equal: object
) -> Iterator[tuple[Any, ...]]:
    """What some columns of one table's shards hold, in any order, nothing twice, and not all at once.

    Of all shards, or the one called `name`; of rows in which the columns `equal` are that. Raises InputError
    as `read`.
    """
    paths = _paths(directory, table, name)
    condition = " AND ".join(f"{column} = ${column}" for column in equal) or "true"
    with _told(directory, table), duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute(
            f"SELECT DISTINCT {', '.join(columns)} FROM read_parquet($paths, union_by_name = true) "
            f"WHERE {condition}",
            {"paths": paths, **equal},
        )
        while rows := connection.fetchmany(_BATCH):
            yield from rows


@contextmanager
def _told(directory: str | Path, table: str) -> Iterator[None]:
    """Raises InputError for a shard that is damaged, or of another version of the code."""
    try:
        yield
    except (duckdb.Error, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{directory}/{table}: not readable ({reason}): run its stage again") from None


def _paths(directory: str | Path, table: str, name: str = "*") -> list[str]:
    paths = sorted((Path(directory) / table).glob(f"{name}.parquet"))
    if not paths:
        raise InputError(f"{directory}: no shard of the table {table} there; run the stage that writes it")
    return [str(path) for path in paths]


def tables_in(directories: Iterable[str | Path]) -> dict[str, list[Path]]:
    """The shards under some directories by table, in order of name; raises InputError for an unknown one."""
    found: dict[str, list[Path]] = {}
    for directory in directories:
        if not Path(directory).is_dir():
            raise InputError(f"{directory}: no such folder of shards; run the stage that writes it")
        for path in sorted(Path(directory).glob("*/*.parquet")):
            if path.parent.name not in columns():
                raise InputError(
                    f"{path}: {path.parent.name!r} is not a table of the artefact store; remove it"
                )
            found.setdefault(path.parent.name, []).append(path)
    return found


def _values(table: str, types: Mapping[str, Column], row: Mapping[str, Any]) -> list[Any]:
    if unknown := [column for column in row if column not in types]:
        raise InputError(f"{table}.{unknown[0]}: no such column; {table} has {', '.join(types)}")
    return [_plain(row.get(name), column.type) for name, column in types.items()]


def _plain(value: Any, type_: str) -> Any:
    """A value as DuckDB takes it."""
    if value is None:
        return None
    if type_ == "JSON":
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    if (to_list := getattr(value, "tolist", None)) is not None:  # numpy and torch, scalars and arrays
        return to_list()
    return list(value) if isinstance(value, tuple) else value


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, Column], batch: list[list[Any]]
) -> None:
    """Insert a batch: one list parameter a column is much faster than one statement a row."""
    if not batch:
        return
    cells = ", ".join(f"unnest(?::{column.type}[]) AS {name}" for name, column in types.items())
    lists = [list(column) for column in zip(*batch, strict=True)]
    try:
        connection.execute(f"INSERT INTO {table} SELECT {cells}", lists)
    except (duckdb.Error, OverflowError) as error:
        name, row = _culprit(connection, types, lists)
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{table}.{name}: row {row} does not fit the schema ({reason}); correct what writes it"
        ) from None


def _culprit(
    connection: duckdb.DuckDBPyConnection, types: Mapping[str, Column], lists: list[list[Any]]
) -> tuple[str, int]:
    """The first column and row of the batch whose value its type cannot hold, or that is missing."""
    for (name, column), values in zip(types.items(), lists, strict=True):
        for row, value in enumerate(values):
            try:
                connection.execute(f"SELECT ?::{column.type}", [value])
            except (duckdb.Error, OverflowError):
                return name, row
            if value is None and column.required:
                return name, row
    return "?", 0

"""Artefact stores of older schema versions: a new file is built beside the old one, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store.building import built
from explorer_engine.store.schema import MIGRATIONS, OLDEST_VERSION, columns, current_version

__all__ = ["is_older", "migrated", "must_migrate"]


def must_migrate(path: Path, version: int | None) -> bool:
    """Whether a schema version is older; raises InputError where it can be neither read nor migrated."""
    if version is None or not OLDEST_VERSION <= version <= current_version():
        says = "no schema version" if version is None else f"schema version {version}"
        raise InputError(
            f"{path}: {says}, this code reads {OLDEST_VERSION} to {current_version()}; "
            "use the code that wrote it, or newer code"
        )
    return version < current_version()


def is_older(path: Path) -> bool:
    """Whether a store is of an older version; raises InputError where it cannot be read or migrated."""
    try:
        with duckdb.connect(":memory:") as connection:
            _attach(connection, path)
            row = connection.execute("SELECT version FROM old.schema_version").fetchone()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a readable artefact store ({reason})") from None
    return must_migrate(path, row[0] if row else None)


@contextmanager
def migrated(path: Path) -> Iterator[Path]:
    """A store of the current version beside the older one at `path`, checked, for the caller to rename.

    The tables are copied into a scratch file, the scripts of every version since change them there, and the
    new store takes their columns by name. One process does this at a time: the scratch file is locked.
    Raises InputError where the folder cannot be written, another process is at it, or a row does not fit.
    """
    scratch = path.with_name(f".{path.name}.migrating")
    try:
        connection = duckdb.connect(str(scratch))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: written by older code, and its new version cannot be built beside it ({reason}); make "
            "its folder writable, or copy it where you may write; if another process is at it, wait"
        ) from None
    try:
        version = _copy(connection, path)
        for number in range(version + 1, current_version() + 1):
            if number in MIGRATIONS:
                connection.execute(MIGRATIONS[number].read_text(encoding="utf-8"))

        def fill() -> None:
            present = {name for (name,) in connection.execute(_TABLES, [scratch_name]).fetchall()}
            for table in columns().keys() & present:
                connection.execute(f'INSERT INTO {table} BY NAME SELECT * FROM "{scratch_name}".{table}')

        row = connection.execute("SELECT current_database()").fetchone()
        assert row is not None
        scratch_name = row[0]
        with built(path, connection, fill) as new:
            yield new
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be brought to version {current_version()} ({reason})") from None
    finally:
        scratch.unlink(missing_ok=True)
        connection.close()
        scratch.with_name(f"{scratch.name}.wal").unlink(missing_ok=True)


_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = ?"


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS old (READ_ONLY)")


def _copy(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Copy all tables of the old store, over those of a migration that was killed; returns its version."""
    _attach(connection, path)
    connection.execute("SET preserve_insertion_order = true")
    for (table,) in connection.execute(_TABLES, ["old"]).fetchall():
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM old.{table}")
    row = connection.execute("SELECT version FROM old.schema_version").fetchone()
    connection.execute("DETACH old")
    assert row is not None
    return row[0]

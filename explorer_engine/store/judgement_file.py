"""The file of the judgement store: opened by one process only, migrated to the newest schema."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError

__all__ = [
    "MIGRATIONS",
    "Damaged",
    "Locked",
    "judgements_path",
    "memory",
    "open_file",
    "told",
    "told_as",
    "wals",
]

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder: the default is relative to it, whatever the working directory."""

MIGRATIONS = tuple(sorted((Path(__file__).parent / "migrations" / "judgements").glob("*.sql")))
"""Scripts in order; the schema version is how many of them a file has seen."""

_REPAIR = (
    "nothing was changed; `precompute judgements repair` keeps it aside and brings back what can be read"
)


class Locked(InputError):
    """Another process has the store open."""


class Damaged(InputError):
    """The store, or what belongs to it, is not what was written."""


def judgements_path(given: str | None, world_key: str) -> Path:
    """The file of a world's judgements: where it is `given`, else CIRCUIT_EXPLORER_JUDGEMENTS, else in data/.

    A folder holds a file for each set of dictionaries, judgements-KEY.duckdb: a label of one world's
    resid_2/31 must never name another's. What is no folder is the file itself.
    """
    place = Path(given or os.environ.get("CIRCUIT_EXPLORER_JUDGEMENTS") or ROOT / "data")
    if place.suffix == ".duckdb" and not place.is_dir():
        return place
    return place / f"judgements-{world_key}.duckdb"


def wals(path: Path) -> list[Path]:
    """The write-ahead logs beside a store: what was said last is in them until the file takes it up."""
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.*wal*"))


def open_file(path: Path) -> tuple[duckdb.DuckDBPyConnection, int]:
    """Open or create a judgement file and bring it to the newest schema; with the version that it had before.

    A file that was just made had version 0. Raises InputError where it cannot be written or newer code has
    written it; Locked where another process has it open; Damaged where it cannot be read or a write-ahead log
    has lost its store.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        empty = path.is_file() and path.stat().st_size == 0  # a full disk left it
        if (empty or not path.exists()) and (orphans := wals(path)):
            raise Damaged(f"{orphans[0]}: holds statements, but its store {path.name} is gone; {_REPAIR}")
        if empty:
            path.unlink()
        if not path.exists():
            _create(path)
            return duckdb.connect(str(path)), 0
        version = _probed(path)
        connection = duckdb.connect(str(path))
    except (OSError, duckdb.Error) as error:
        raise told(path, error) from None
    try:
        if version < len(MIGRATIONS):
            connection = _kept_aside(connection, path, version)
            _migrate(connection, version)
    except (OSError, duckdb.Error) as error:
        connection.close()
        raise told(path, error) from None
    return connection, version


def memory() -> duckdb.DuckDBPyConnection:
    """An empty store that lies in no file."""
    connection = duckdb.connect(":memory:")
    _migrate(connection, 0)
    return connection


@contextmanager
def told_as(path: Path) -> Iterator[None]:
    """Turn what DuckDB and the system raise about a store's file into errors that say what to do."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        raise told(path, error) from None


def told(path: Path, error: OSError | duckdb.Error) -> InputError:
    """What went wrong with a store's file, as an error that says what to do."""
    reason = str(error).splitlines()[0]
    if "Could not set lock on file" in reason:
        holder = re.search(r"PID (\d+)", reason)
        who = f"process {holder[1]}" if holder else "another process"
        return Locked(
            f"{path}: {who} has the judgements open; stop it, or choose another file with "
            "CIRCUIT_EXPLORER_JUDGEMENTS"
        )
    if re.search("No space left|ENOSPC|disk full|Disk quota", reason, re.I):
        return InputError(f"{path}: the disk is full, so nothing was kept; make room and try again")
    if isinstance(error, OSError) or re.search(
        "Permission denied|Read-only file system|Is a directory|read-only mode", reason
    ):
        why = getattr(error, "strerror", None) or reason
        return InputError(
            f"{path}: cannot be written ({why[:160]}); make its folder writable, or choose another"
        )
    return Damaged(f"{path}: not a readable judgement store ({reason[:160]}); {_REPAIR}")


def _create(path: Path) -> None:
    """Make a store that appears whole, and never in place of one that another process makes meanwhile."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with duckdb.connect(str(partial)) as connection:
            _migrate(connection, 0)
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        for left in (partial, *wals(partial)):
            left.unlink(missing_ok=True)


def _probed(path: Path) -> int:
    """The schema version of a file, which is read to the end without a change: every block has a checksum.

    Damage is told at the start, not in somebody's click, and opening to write would already change what is
    damaged. Raises duckdb.Error, and InputError where it is no store that this code knows.
    """
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.ConnectionException:  # another store of this process has it open
        connection = duckdb.connect(str(path))
    with connection:
        version = _version(connection, path)
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'SELECT bit_xor(hash(COLUMNS(*))) FROM "{table}"').fetchall()
    return version


def _version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if tables and "schema_version" not in tables:
        raise InputError(
            f"{path}: not a readable judgement store (it holds other tables); choose another file"
        )
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone() if tables else None
    version = row[0] if row and row[0] is not None else 0
    if version > len(MIGRATIONS):
        raise InputError(
            f"{path}: judgements of schema version {version}, this code knows {len(MIGRATIONS)}; "
            "update the code"
        )
    return version


def _kept_aside(connection: duckdb.DuckDBPyConnection, path: Path, version: int) -> duckdb.DuckDBPyConnection:
    """Copy an older file aside and open it again: a process that reads its own open file loses its lock."""
    connection.execute("CHECKPOINT")
    connection.close()
    shutil.copy2(path, path.with_name(f"{path.name}.v{version}"))
    return duckdb.connect(str(path))


def _migrate(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Bring a file of a version to the newest schema, one transaction a step."""
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.begin()
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (?)", [number])
        connection.commit()

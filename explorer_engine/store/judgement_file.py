"""The file of the judgement store: opened by one process only, migrated to the newest schema."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError

__all__ = ["MIGRATIONS", "judgements_path", "open_file"]

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder: the default is relative to it, whatever the working directory."""

MIGRATIONS = tuple(sorted((Path(__file__).parent / "migrations" / "judgements").glob("*.sql")))
"""Scripts in order; the schema version is how many of them a file has seen."""


def judgements_path(given: str | None, world_key: str) -> Path:
    """The file of a world's judgements: where it is `given`, else CIRCUIT_EXPLORER_JUDGEMENTS, else in data/.

    A folder holds a file for each set of dictionaries, judgements-KEY.duckdb: a label of one world's
    resid_2/31 must never name another's. What is no folder is the file itself.
    """
    place = Path(given or os.environ.get("CIRCUIT_EXPLORER_JUDGEMENTS") or ROOT / "data")
    if place.suffix == ".duckdb" and not place.is_dir():
        return place
    return place / f"judgements-{world_key}.duckdb"


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open or create a judgement file and bring it to the newest schema.

    Raises InputError when another process has it open, it cannot be read, or newer code has written it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if "lock" in reason.lower():
            holder = re.search(r"PID (\d+)", reason)
            who = f"process {holder[1]}" if holder else "another process"
            raise InputError(
                f"{path}: {who} has the judgements open; stop it, or choose another file with "
                "CIRCUIT_EXPLORER_JUDGEMENTS"
            ) from None
        raise InputError(
            f"{path}: not a readable judgement store ({reason}); restore a backup or move it away"
        ) from None
    try:
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the file to the newest schema, one transaction a step; an older file is copied aside first."""
    known = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'schema_version'").fetchone()
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone() if known else None
    version = row[0] if row and row[0] is not None else 0
    if version > len(MIGRATIONS):
        raise InputError(
            f"{path}: judgements of schema version {version}, this code knows {len(MIGRATIONS)}; "
            "update the code"
        )
    if 0 < version < len(MIGRATIONS):
        connection.execute("CHECKPOINT")
        shutil.copy2(path, path.with_name(f"{path.name}.v{version}"))
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.begin()
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (?)", [number])
        connection.commit()

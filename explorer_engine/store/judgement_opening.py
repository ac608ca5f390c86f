"""A judgement store opened: its file and log brought together, or what can be read held in memory."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import duckdb

from explorer_engine.store.event_table import EventTable, kept_fields
from explorer_engine.store.judgement_copy import copied
from explorer_engine.store.judgement_file import memory, open_file, told
from explorer_engine.store.judgement_log import JudgementLog

__all__ = ["for_reading", "for_writing"]

_LOGGED_SINCE = 4
"""The schema version from which on a log lies beside a store."""


def for_writing(path: Path, lock: threading.Lock) -> tuple[EventTable, str | None]:
    """The statements of a file that is opened or made, and what its user should know of it.

    What its log holds and the file does not is added: a lost or damaged write-ahead log loses nothing. A log
    that is missing, or lacks something, is written anew; a damaged one is kept aside. The caller holds
    `lock`. Raises InputError as `open_file`.
    """
    log = JudgementLog.of(path)
    connection, version = open_file(path)
    table = EventTable(connection, lock, log)
    try:
        logged = log.read()
        back = table.take_up(logged.events) if logged else 0
        notices = []
        if back:
            notices.append(f"{back} statements were missing from {path.name}; back from {log.path.name}")
        events = table.all()
        if logged is None and version >= _LOGGED_SINCE:
            notices.append(
                f"{log.path.name} was missing and is made anew from {len(events)} statements: had a .wal "
                "file been lost with it, some would be missing; compare with a backup"
            )
        if logged and logged.damaged:
            aside = _free(log.path.with_name(f"{log.path.name}.damaged"))
            log.path.rename(aside)
            notices.append(
                f"{logged.damaged} lines of {log.path.name} were damaged: it is made anew, and kept as "
                f"{aside.name}"
            )
        if logged and not logged.whole:
            notices.append(
                f"{log.path.name} ended within a line, of a statement that was not acknowledged, or cut"
            )
        same = logged is not None and {event.id for event in logged.events} == {event.id for event in events}
        if logged is None or logged.damaged or not logged.ends or not same:
            log.write(events)
        else:
            log.append(())  # told now, not at the first click
    except (OSError, duckdb.Error) as error:
        connection.close()
        raise told(path, error) from None
    return table, "; ".join(notices) or None


def for_reading(path: Path, lock: threading.Lock, why: str) -> EventTable:
    """What can be read of a store that cannot be written, in memory; `why` is what adding to it answers."""
    table = EventTable(memory(), lock, None)
    with suppress(OSError, duckdb.Error):
        if not _copy(table, path):
            with copied(path) as file:
                _copy(table, file)
    with suppress(OSError, duckdb.Error):
        if logged := JudgementLog.of(path).read():
            table.take_up(logged.events)
    table.closed = why
    return table


def _copy(table: EventTable, file: Path) -> bool:
    """Take over what a file holds that nobody has open; whether it could be read."""
    quoted = str(file).replace("'", "''")
    with table.connection.cursor() as cursor:
        try:
            cursor.execute(f"ATTACH '{quoted}' AS aside (READ_ONLY)")
        except duckdb.Error:
            return False
        try:
            cursor.begin()
            fields = kept_fields(table, "aside")
            cursor.execute(f"INSERT INTO event ({fields}) SELECT {fields} FROM aside.event")
            cursor.execute("INSERT INTO explanation SELECT * FROM aside.explanation ORDER BY rowid")
            cursor.commit()
        except duckdb.Error:
            cursor.rollback()
            return False
        finally:
            cursor.execute("DETACH aside")
    return True


def _free(path: Path) -> Path:
    """The name, or the first with a number after it, that no file has."""
    return next(
        name for n in range(1_000_000) if not (name := path.with_name(f"{path.name}{n or ''}")).exists()
    )

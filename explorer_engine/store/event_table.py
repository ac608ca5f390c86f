"""The table of statements in a judgement store: rows are only ever added, and to the store's log before."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store.judgement_file import told_as
from explorer_engine.store.judgement_log import JudgementLog
from explorer_engine.store.opinions import Event
from explorer_engine.store.rules import said

__all__ = ["FIELDS", "EventTable", "kept_fields"]

FIELDS = "id, time, annotator, kind, target, scope, value, undoes, seen, seconds"

Parameters = Sequence[object] | dict[str, object]


class EventTable:
    """Statements in one connection; `lock` is held by whoever adds some."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lock: threading.Lock, log: JudgementLog | None
    ) -> None:
        """`log`: None for a store that lies in no file."""
        self.connection, self.lock, self.log = connection, lock, log
        self.closed: str | None = None
        """Why nothing can be added; None while something can."""
        self.changes = 0
        """How often some were."""

    def add(self, events: Sequence[Event], known: Mapping[int, int] | None = None) -> list[Event]:
        """Add events in one transaction; returns them, with ids of their own, once they are on the disk.

        An `undoes` that names another of these events by its old id follows it, or one that is `known` by old
        id and own. Raises InputError where they cannot be kept; then none is.
        """
        with self._writing():
            return self._add(events, known or {}) if events else []

    def take_over(self, events: Sequence[Event]) -> None:
        """Add another store's events as `take_up` does, and write the log anew; raises as `add`."""
        with self._writing():
            self.take_up(events)
            if self.log is not None:
                self.log.write(self.all())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Tell in one line why something cannot be kept."""
        if self.closed is not None:
            raise InputError(self.closed)
        with told_as(self.log.path.with_suffix(".duckdb") if self.log else Path(":memory:")):
            try:
                yield
            except (duckdb.FatalException, duckdb.InternalException) as error:
                # from now on DuckDB refuses everything: the file is to be opened anew
                self.closed = f"the store must be opened again: {str(error).splitlines()[0][:160]}"
                raise

    def _add(self, events: Sequence[Event], known: Mapping[int, int]) -> list[Event]:
        with self.connection.cursor() as cursor:
            cursor.begin()
            try:
                ids = cursor.execute("SELECT nextval('event_id') FROM range(?)", [len(events)]).fetchall()
                new = {event.id: own for event, (own,) in zip(events, ids, strict=True) if event.id}
                new |= known
                added = [
                    replace(event, id=own, undoes=new.get(event.undoes or 0, event.undoes))
                    for event, (own,) in zip(events, ids, strict=True)
                ]
                self._insert(cursor, added)
                if self.log is not None:
                    self.log.append(added)
            except BaseException:
                cursor.rollback()
                raise
            try:
                cursor.commit()
            except BaseException:
                if self.log is not None:
                    self.log.take_back()
                raise
            self.changes += 1
            return added

    def take_up(self, logged: Sequence[Event]) -> int:
        """Add what a log holds and the table does not, under its own ids where they are free; how many."""
        here = {said(event): event.id for event in self.all()}
        missing = [event for event in logged if said(event) not in here]
        if not missing:
            return 0
        taken = set(here.values())
        top = max([*taken, *(event.id for event in logged)])
        own = {event.id: here[said(event)] for event in logged if said(event) in here}
        for event in missing:
            own[event.id] = event.id if event.id and event.id not in taken else (top := top + 1)
        with self.connection.cursor() as cursor:
            cursor.begin()
            try:
                moved = (replace(e, id=own[e.id], undoes=own.get(e.undoes or 0, e.undoes)) for e in missing)
                self._insert(cursor, list(moved))
                (last,) = cursor.execute("SELECT nextval('event_id')").fetchone() or (0,)
                cursor.execute("SELECT max(nextval('event_id')) FROM range(?)", [max(0, top - last)])
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()
        self.changes += 1
        return len(missing)

    def all(self) -> list[Event]:
        """Every event, oldest first."""
        return [Event(**row) for row in self.records(f"SELECT {kept_fields(self)} FROM event ORDER BY id")]

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The answer to a question as tuples."""
        with self.connection.cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    def records(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """The answer to a question by the names of its columns."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @staticmethod
    def _insert(cursor: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> None:
        for event in events:
            cursor.execute(
                f"INSERT INTO event ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [getattr(event, name) for name in FIELDS.split(", ")],
            )


def kept_fields(table: EventTable, database: str | None = None) -> str:
    """Those of `FIELDS` that a file has, which older code may have written; `database`: one attached."""
    rows = table.rows(
        """SELECT column_name FROM duckdb_columns()
           WHERE table_name = 'event' AND database_name = coalesce(?, current_database())""",
        [database],
    )
    return ", ".join(name for name in FIELDS.split(", ") if (name,) in rows)

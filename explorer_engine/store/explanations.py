"""Explanations of features by programs, by the hundred thousand: kept as they came, looked up by name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb

from explorer_engine.finding.words import asked
from explorer_engine.store.queries.search import feature_in
from explorer_engine.store.rules import now

__all__ = ["MOST_FOUND", "Explanation", "Explanations"]

MOST_FOUND = 10_000
"""Features that a search in explanations finds."""
_BATCH = 20_000
_KEY = "unhex(md5(concat_ws(chr(0), source, target, original)))"


@dataclass(frozen=True)
class Explanation:
    """What a program says a feature is."""

    target: str
    """The feature, "resid_2/31"."""
    source: str
    """Where it is from and what wrote it, "imported: neuronpedia, gpt-4o-mini"."""
    text: str
    original: str
    """The JSON object that it was read from, in ASCII."""

    @property
    def key(self) -> bytes:
        """Tells it from all others: the same one is kept once."""
        return hashlib.md5(f"{self.source}\0{self.target}\0{self.original}".encode()).digest()


class Explanations:
    """The explanations of a judgement file; `lock` is held while they are added."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lock: threading.Lock) -> None:
        self._connection, self._lock = connection, lock
        self.n = self._rows("SELECT count(*) FROM explanation", [])[0][0]
        """How many there are."""

    def add(self, found: Iterable[Explanation]) -> int:
        """Keep explanations, all or none, each once; returns how many are new.

        `found` may raise what it likes: then nothing of it is kept.
        """
        with self._lock, self._connection.cursor() as cursor:
            known = {key for (key,) in cursor.execute(f"SELECT {_KEY} FROM explanation").fetchall()}
            before, time = len(known), now()
            cursor.begin()
            try:
                new = _new(found, known)
                while batch := list(islice(new, _BATCH)):
                    columns = [[getattr(e, name) for e in batch] for name in _COLUMNS]
                    cells = ", ".join("unnest(?::VARCHAR[])" for _ in columns)
                    cursor.execute(f"INSERT INTO explanation SELECT ?::TIMESTAMP, {cells}", [time, *columns])
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()
            self.n = len(known)
            return len(known) - before

    def of(self, target: str) -> tuple[Explanation, ...]:
        """All of one feature, newest first."""
        rows = self._rows(f"{_SELECT} WHERE target = ? ORDER BY rowid DESC", [target])
        return tuple(Explanation(*row) for row in rows)

    def texts(self, targets: Collection[str]) -> dict[str, str]:
        """The newest of each of these features that has one."""
        if not targets or not self.n:
            return {}
        places = ", ".join("?" * len(targets))  # of constants the index is used
        rows = self._rows(
            f"SELECT target, text FROM explanation WHERE target IN ({places}) ORDER BY rowid", [*targets]
        )
        return dict(rows)

    def targets(self) -> frozenset[str]:
        """The features that have one."""
        return frozenset(target for (target,) in self._rows("SELECT DISTINCT target FROM explanation", []))

    def search(self, text: str) -> dict[str, str]:
        """By feature the explanations that hold all words of a search, then those that hold one.

        Once MOST_FOUND are found, no more are looked for; none for a feature's name.
        """
        wanted = [] if feature_in(text) else asked(text)
        if not wanted or not self.n:
            return {}
        holds, found = ["contains(lower(text), ?)"] * len(wanted), {}
        for condition in dict.fromkeys((" AND ".join(holds), " OR ".join(holds))):
            if len(found) < MOST_FOUND:
                sql = f"SELECT target, text FROM explanation WHERE {condition} LIMIT {MOST_FOUND}"
                found = dict(self._rows(sql, wanted)) | found
        return found

    def all(self) -> Iterator[Explanation]:
        """Everything in the order in which it was imported, not all at once."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"{_SELECT} ORDER BY rowid")
            while rows := cursor.fetchmany(_BATCH):
                yield from (Explanation(*row) for row in rows)

    def _rows(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()


_COLUMNS = ("source", "target", "text", "original")
_SELECT = "SELECT target, source, text, original FROM explanation"


def _new(found: Iterable[Explanation], known: set[bytes]) -> Iterator[Explanation]:
    """Those whose keys are not known, which then are."""
    for explanation in found:
        if (key := explanation.key) not in known:
            known.add(key)
            yield explanation

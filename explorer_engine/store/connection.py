"""One DuckDB file, open for reading: a cursor a call, a newly published file picked up, tokens decoded."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.finding.words import START, grade
from explorer_engine.store.migrate import must_migrate

__all__ = ["StoreReader"]


class _Dataclass(Protocol):
    """What `dataclasses.fields` takes."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)

_MOST_TOKENS = 100


class StoreReader:
    """Read-only access to the artefact store at `path`, safe to share between threads.

    DuckDB caches database instances by path, so a file renamed over an open one would stay invisible; each
    opening here therefore attaches the file to an in-memory instance of its own. The file is looked at (one
    `stat`) before every query; when publish has put another one there, it is opened, and queries already
    running finish on the old one.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._tokens: tuple[str, ...] = ()
        self._lower: tuple[str, ...] = ()
        self._starts: dict[str, tuple[int, int]] = {}
        self._open_if_new()

    @property
    def version(self) -> tuple[int, int, int]:
        """Changes when a new file is published; use it as a cache key."""
        self._open_if_new()
        assert self._seen is not None
        return self._seen

    def rows(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        connection = self._open_if_new()
        with connection.cursor() as cursor:
            cursor.execute("USE world")
            return cursor.execute(sql, parameters).fetchall()

    def records(
        self, sql: str, parameters: Sequence[object] | dict[str, object] = ()
    ) -> list[dict[str, Any]]:
        """All rows of a query, each by column."""
        connection = self._open_if_new()
        with connection.cursor() as cursor:
            cursor.execute("USE world")
            cursor.execute(sql, parameters)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrays(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> Mapping[str, Any]:
        """All rows of a query by column, as arrays; one with NULLs is masked."""
        connection = self._open_if_new()
        with connection.cursor() as cursor:
            cursor.execute("USE world")
            return cursor.execute(sql, parameters).fetchnumpy()

    @property
    def tokens(self) -> tuple[str, ...]:
        """Texts of all tokens by id."""
        self._open_if_new()
        return self._tokens

    def values(
        self, kind: type[T], sql: str, parameters: Sequence[object] | dict[str, object] = ()
    ) -> tuple[T, ...]:
        """All rows of a query as values of a dataclass: each field is the column of its name."""
        names = [field.name for field in fields(kind)]
        return tuple(
            kind(**{name: record[name] for name in names}) for record in self.records(sql, parameters)
        )

    def row(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def text(self, ids: Iterable[int] | None) -> tuple[str, ...]:
        """Token texts of token ids; an id outside the vocabulary reads as `<id>`."""
        known = self._tokens
        return tuple(known[i] if 0 <= i < len(known) else f"<{i}>" for i in ids or ())

    def tokens_with(self, word: str) -> list[int]:
        """Ids of at most 100 tokens in which a word begins with a lower-case one, whole words first."""
        self._open_if_new()
        found = [(grade(text, word), i) for i, text in enumerate(self._lower) if word in text]
        return [i for how, i in sorted(found)[:_MOST_TOKENS] if how <= START]

    def number(self, site: str, feature: int) -> int:
        """A feature's number through all dictionaries, shallowest first; −1 where there is none."""
        self._open_if_new()
        return self._number(site, feature)

    def numbers(self, names: Iterable[str]) -> list[int]:
        """Features' numbers by name (`resid_2/31`), in any order; what is not in this world is left out."""
        self._open_if_new()
        return list(_numbers(frozenset(names), tuple(self._starts.items())))

    def feature(self, number: int) -> tuple[str, int]:
        """Site and index of a feature: the inverse of `number`."""
        self._open_if_new()
        starts = self._starts.items()
        return next((site, number - start) for site, (start, n) in starts if start <= number < start + n)

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._seen = None

    def _number(self, site: str, feature: int) -> int:
        start, size = self._starts.get(site, (0, 0))
        return start + feature if 0 <= feature < size else -1

    def _open_if_new(self) -> duckdb.DuckDBPyConnection:
        try:
            found = self.path.stat()
        except OSError:
            raise InputError(f"{self.path}: no artefact store there") from None
        now = (found.st_ino, found.st_mtime_ns, found.st_size)
        with self._lock:
            if self._connection is None or now != self._seen:
                # The old connection is dropped, not closed: cursors of queries still running keep it alive.
                self._connection, self._tokens, self._starts = _open(self.path)
                self._lower = tuple(text.strip().lower() for text in self._tokens)
                self._seen = now
            return self._connection


@lru_cache(maxsize=8)
def _numbers(names: frozenset[str], starts: tuple[tuple[str, tuple[int, int]], ...]) -> list[int]:
    """Kept, as a list is asked for again with each page of it, by half a million names."""
    known = dict(starts)
    found = []
    for name in names:
        site, _, index = name.partition("/")
        start, size = known.get(site, (0, 0))
        if size and index.isdecimal() and len(index) < 10 and int(index) < size:
            found.append(start + int(index))
    return found


_Opened = tuple[duckdb.DuckDBPyConnection, tuple[str, ...], dict[str, tuple[int, int]]]


def _open(path: Path) -> _Opened:
    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    quoted = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS world (READ_ONLY)")
        version = connection.execute("SELECT version FROM world.schema_version").fetchone()
        tokens = connection.execute("SELECT id, text FROM world.token ORDER BY id").fetchall()
        sizes = connection.execute("SELECT site, n_features FROM world.dictionary ORDER BY depth").fetchall()
    except duckdb.Error as error:
        connection.close()
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a readable artefact store ({reason})") from None
    try:
        if must_migrate(path, version[0] if version else None):
            raise InputError(
                f"{path}: written by older code; open its world once where the folder can be written, which "
                "brings it to this version"
            )
    except InputError:
        connection.close()
        raise
    texts = [""] * (tokens[-1][0] + 1 if tokens else 0)
    for index, text in tokens:
        texts[index] = text
    starts = accumulate((n for _, n in sizes), initial=0)
    numbers = {site: (start, size) for (site, size), start in zip(sizes, starts, strict=False)}
    return connection, tuple(texts), numbers

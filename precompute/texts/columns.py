"""Rows of a streamed table, and the texts in one of its columns."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from explorer_engine.errors import InputError

__all__ = ["read_on", "rows_of"]

R = TypeVar("R")


def rows_of(rows: Iterable[Mapping[str, Any]], column: str, where: str) -> Iterator[str]:
    """The column's text of each row, "" where it has none.

    Raises InputError naming `where` for a column that is not there (with those that are), for one that holds
    something else than text, and for rows that cannot be read.
    """
    for number, row in enumerate(read_on(rows, where), 1):
        if column not in row:
            raise InputError(f"{where} has no column {column!r}: choose one of {', '.join(sorted(row))}")
        text = row[column]
        if text is not None and not isinstance(text, str):
            raise InputError(
                f"{where}, row {number}: column {column!r} holds {type(text).__name__}, no text: choose "
                f"another of {', '.join(sorted(row))}"
            )
        yield text or ""


def read_on(rows: Iterable[R], where: str) -> Iterator[R]:
    """The rows one by one; raises InputError naming `where` for those that cannot be read."""
    left = iter(rows)
    try:
        while True:
            try:
                row = next(left)
            except StopIteration:
                return
            except InputError:
                raise
            except Exception as error:  # of Arrow, of a decompressor, of the network
                reason = " ".join(str(error).split())[:300] or type(error).__name__
                raise InputError(
                    f"{where} cannot be read to its end ({reason}): mend it, or try again"
                ) from None
            yield row
    finally:
        # Arrow's threads must not outlive the interpreter: they would end the process with an abort
        # (apache/arrow#45214), where a table is not read to its end
        del left, rows
        gc.collect()

"""The texts in one column of a streamed table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from explorer_engine.errors import InputError

__all__ = ["rows_of"]


def rows_of(rows: Iterable[Mapping[str, Any]], column: str, where: str) -> Iterator[str]:
    """The column's text of each row, "" where it has none.

    Raises InputError naming `where` for a column that is not there (with those that are), for one that holds
    something else than text, and for rows that cannot be read.
    """
    numbered = enumerate(rows, 1)
    while True:
        try:
            number, row = next(numbered)
        except StopIteration:
            return
        except Exception as error:  # of Arrow, of a decompressor, of the network
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise InputError(f"{where} cannot be read to its end ({reason}): mend it, or try again") from None
        if column not in row:
            raise InputError(f"{where} has no column {column!r}: choose one of {', '.join(sorted(row))}")
        text = row[column]
        if text is not None and not isinstance(text, str):
            raise InputError(
                f"{where}, row {number}: column {column!r} holds {type(text).__name__}, no text: choose "
                f"another of {', '.join(sorted(row))}"
            )
        yield text or ""

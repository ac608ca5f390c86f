"""Rows of a CSV, JSON-lines or Parquet file, by name of column; and JSON lines written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.formats.objects import read_objects
from explorer_engine.formats.prompts import read_text
from explorer_engine.formats.spreadsheet import from_cell

__all__ = ["ENDINGS", "Row", "checked", "read_rows", "write_lines"]

ENDINGS = (".jsonl", ".csv", ".parquet")
"""Of the names of such files; others are JSON lines or one array, plain or gzip."""

Row = tuple[str, dict[str, Any]]
"""Where it stands ("FILE, line 3"), column → value."""


def read_rows(file: Path, columns: Sequence[str]) -> list[Row]:
    """All rows in their order. In CSV, the first line names the columns, and whole numbers are numbers; a
    text that stands there after `'`, so that no spreadsheet runs it, comes without that.

    Raises InputError for a file that is missing, empty or of another form, for a column that no row has (with
    those that are there), and for a row in which one of `columns` is empty.
    """
    read = {".csv": _csv, ".parquet": _parquet}.get(file.suffix.lower(), read_objects)
    return checked(list(read(file)), columns, str(file))


def checked(rows: list[Row], columns: Sequence[str], where: str) -> list[Row]:
    """The rows, where there are some with all the columns; raises InputError as `read_rows` does."""
    if not rows:
        raise InputError(f"{where} holds no texts: expected one a row")
    known = list(dict.fromkeys(name for _, row in rows for name in row))
    for name in columns:
        if name not in known:
            raise InputError(f"{where} has no column {name!r}: choose one of {', '.join(known)}")
        for place, row in rows:
            if row.get(name) is None:
                raise InputError(f"{place} lacks {name}: expected a value in each row")
    return rows


def write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON lines, whole or not at all."""
    with whole(file) as partial:
        partial.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def _csv(file: Path) -> Iterator[Row]:
    lines = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        for row in lines:
            yield (
                f"{file}, line {lines.line_num}",
                {name: _cell(row[name]) for name in lines.fieldnames or ()},
            )
    except csv.Error as error:
        raise InputError(f"{file}, line {lines.line_num} is no CSV ({error}): mend it") from None


def _cell(value: str | None) -> str | int | None:
    """A number where the cell is one as Python writes it; None for an empty one."""
    if not value:
        return None
    number = value.removeprefix("-")
    plain = number.isascii() and number.isdigit() and (number == "0" or number[0] != "0")
    return int(value) if plain and len(number) < 16 else from_cell(value)


def _parquet(file: Path) -> Iterator[Row]:
    if not file.is_file():
        raise InputError(f"{file} cannot be read: give an existing data file")
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        try:
            connection.execute("SELECT * FROM read_parquet(?)", [[str(file)]])
            names = [column[0] for column in connection.description or ()]
            values = connection.fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{file} is no Parquet file ({reason}): write it again") from None
    for number, row in enumerate(values, 1):
        yield f"{file}, row {number}", dict(zip(names, row, strict=True))

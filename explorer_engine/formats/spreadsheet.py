"""CSV that a spreadsheet opens as text: no cell of it is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

__all__ = ["from_cell", "to_csv"]

_RUN = re.compile("'*[=+@\t\r\n\uff0b\uff0d\uff1d\uff20-]")
"""What a formula begins with, also in the wide forms of East Asian scripts. `'` before it says that it is
none; a text that has that itself gets one more."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def to_csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its columns' names first. A text that a spreadsheet would run begins with `'`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_to_cell(value) for value in row] for row in rows)
    return out.getvalue()


def from_cell(text: str) -> str:
    """The text that `to_csv` was given, of a cell that was read."""
    return text[1:] if text.startswith("'") and _RUN.match(text) else text


def _to_cell(value: object) -> object:
    if not isinstance(value, str) or not _RUN.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"

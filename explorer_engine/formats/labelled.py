"""Reading labelled texts: CSV, JSON lines or Parquet with a text, its label and an attribute in each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.tables import Row, read_rows

__all__ = ["LabelledColumns", "LabelledTexts", "Value", "in_order", "read_labelled", "read_numbered"]

Value = str | int | float | bool
"""Of a class, as a file tells it."""


@dataclass(frozen=True)
class LabelledColumns:
    """Where in a file text, label and attribute stand, and which of two values is which class."""

    text: str = "text"
    label: str = "label"
    attribute: str | None = "attribute"
    """None: the texts have none."""
    label_values: tuple[Value, Value] | None = None
    """The values of class 0 and class 1; None: the two that occur, in their order."""
    attribute_values: tuple[Value, Value] | None = None
    """The same of the attribute."""


@dataclass(frozen=True)
class LabelledTexts:
    """N texts as token ids without padding, each with a label and an attribute."""

    tokens: tuple[tuple[int, ...], ...]
    label: tuple[int, ...]
    attribute: tuple[int, ...] | None
    """None where there is no such column."""


def read_labelled(file: str | Path, tokenizer: Any, columns: LabelledColumns | None = None) -> LabelledTexts:
    """All texts of a file with two classes, 0 and 1, of the label and of the attribute.

    A name that ends in .csv or .parquet says the form; anything else is JSON lines. Other columns are
    ignored.

    Raises InputError for a missing file, for one without texts, for a column that is not there (with those
    that are), for one of other than two values (with their counts), and for a row without one of the three or
    whose text has no tokens.
    """
    path, columns = Path(file), columns or LabelledColumns()
    named = [name for name in (columns.text, columns.label, columns.attribute) if name is not None]
    rows = read_rows(path, named)
    attribute = columns.attribute
    return LabelledTexts(
        _tokens(rows, columns.text, tokenizer),
        _classes(path, rows, columns.label, columns.label_values),
        None if attribute is None else _classes(path, rows, attribute, columns.attribute_values),
    )


def read_numbered(file: str | Path, tokenizer: Any) -> LabelledTexts:
    """All texts of a file with any number of classes: `text`, `label` and `attribute`, numbered from 0.

    Raises InputError as `read_labelled` does, and for a label or attribute that is no such number.
    """
    rows = read_rows(Path(file), ("text", "label", "attribute"))
    label, attribute = (_numbers(rows, name) for name in ("label", "attribute"))
    return LabelledTexts(_tokens(rows, "text", tokenizer), label, attribute)


def _tokens(rows: Sequence[Row], column: str, tokenizer: Any) -> tuple[tuple[int, ...], ...]:
    for where, row in rows:
        if isinstance(row[column], int):  # CSV makes a number of a text that looks like one
            row[column] = str(row[column])
        if not isinstance(row[column], str):
            raise InputError(f"{where}: {column} is {row[column]!r}: expected a text")
    ids = tokenizer([row[column] for _, row in rows])["input_ids"]
    for (where, _), tokens in zip(rows, ids, strict=True):
        if not tokens:
            raise InputError(f"{where}: the text has no tokens: leave empty texts out")
    return tuple(tuple(tokens) for tokens in ids)


def _numbers(rows: Sequence[Row], column: str) -> tuple[int, ...]:
    for where, row in rows:
        if type(row[column]) is not int or row[column] < 0:
            raise InputError(f"{where}: {column} is {row[column]!r}: give a number of its class, from 0")
    return tuple(row[column] for _, row in rows)


def _classes(
    file: Path, rows: Sequence[Row], column: str, given: tuple[Value, Value] | None
) -> tuple[int, ...]:
    """The class of each row, 0 or 1."""
    for where, row in rows:
        if not isinstance(row[column], Value) or row[column] != row[column]:
            raise InputError(f"{where}: {column} is {row[column]!r}: give a word, a number, true or false")
    counts = Counter(row[column] for _, row in rows)
    values = given or in_order(list(counts))
    if len(set(values)) != 2 or set(counts) - set(values):
        told = ", ".join(f"{value!r} {n} times" for value, n in counts.most_common(5))
        more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
        wanted = "two different values" if given is None else f"{given[0]!r} and {given[1]!r}"
        raise InputError(
            f"{file}: column {column!r} must hold {wanted}, and holds {told}{more}: leave other texts out"
        )
    return tuple(int(row[column] == values[1]) for _, row in rows)


def in_order(values: list[Value]) -> tuple[Value, ...]:
    """Numbers by size, words by their letters, numbers before words."""
    return tuple(sorted(values, key=lambda value: (isinstance(value, str), value)))

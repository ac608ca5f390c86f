"""Labelled texts of one's own: read, and refused where no classifier can be made or tested with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.labelled import Value, in_order
from explorer_engine.formats.tables import Row, read_rows, write_lines

__all__ = ["OwnTexts"]

_LEAST = 12
"""Texts of a class: fewer cannot be split into all that are needed."""


@dataclass(frozen=True)
class OwnTexts:
    """The rows of a file, with two classes and, where it has the column, two attributes."""

    file: Path
    rows: tuple[Row, ...]
    text: str
    """Column of the texts; the same of `label` and `attribute`."""
    label: str
    attribute: str | None
    classes: tuple[Value, Value]

    @classmethod
    def read(cls, file: Path, text: str, label: str, attribute: str | None) -> OwnTexts:
        """Raises InputError for a column that is not there, for empty texts and those that occur twice, for
        other than two classes or attributes, and for a group of both without a text."""
        rows = read_rows(file, [text, label, *([] if attribute is None else [attribute])])
        for where, row in rows:
            if not isinstance(row[text], str | int):
                raise InputError(f"{where}: {text} is {row[text]!r:.60}: expected a text")
        _check_filled(file, rows, text)
        check_different(file, [(where, str(row[text]).strip()) for where, row in rows])
        classes = _two(file, rows, label)
        if attribute is not None:
            _check_groups(file, rows, (label, attribute), (classes, _two(file, rows, attribute)))
        for value, n in Counter(row[label] for _, row in rows).items():
            if n < _LEAST:
                raise InputError(
                    f"{file}: {n} texts have the {label} {value!r}: a probe and its test take {_LEAST} of "
                    "each: add some"
                )
        return cls(file, tuple(rows), text, label, attribute, classes)

    def check_tokens(self, tokenizer: Any, longest: int) -> int:
        """How many texts are longer than `longest` tokens.

        Raises InputError for texts without tokens, and for those that are the same once they are cut.
        """
        ids = tokenizer([str(row[self.text]) for _, row in self.rows])["input_ids"]
        for (where, _), tokens in zip(self.rows, ids, strict=True):
            if not tokens:
                raise InputError(f"{where}: the text has no tokens: leave it out")
        cut = [tuple(tokens[:longest]) for tokens in ids]
        here = [(where, tokens) for (where, _), tokens in zip(self.rows, cut, strict=True)]
        check_different(self.file, here, f", cut to {longest} tokens")
        return sum(len(tokens) > longest for tokens in ids)

    def halved(self, folder: Path) -> OwnTexts:
        """The same in a file in `folder` with an attribute that says nothing: every second text of a class.

        Splits and sessions ask for four groups; of what comes out the accuracy on the label alone is kept.
        """
        half, told, lines = f"half of {self.label}", Counter[Value](), []
        for _, row in self.rows:
            value = row[self.label]
            lines.append({self.text: row[self.text], self.label: value, half: told[value] % 2})
            told[value] += 1
        file = folder / f"{self.file.stem}.jsonl"
        write_lines(file, lines)
        return OwnTexts.read(file, self.text, self.label, half)


def check_different(file: Path, texts: Sequence[tuple[str, object]], how: str = "") -> None:
    """Raises InputError where one of the texts, each with where it stands, occurs twice."""
    first: dict[object, str] = {}
    twice = [(where, first[text]) for where, text in texts if first.setdefault(text, where) != where]
    if twice:
        (where, before), n = twice[0], len(twice)
        more = f" ({n} such texts)" if n > 1 else ""
        raise InputError(
            f"{where}: the same text{how} as in {before.removeprefix(f'{file}, ')}{more}: one could be "
            "learnt from and the other tested: leave one out"
        )


def _check_filled(file: Path, rows: Sequence[Row], text: str) -> None:
    if empty := [where for where, row in rows if not str(row[text]).strip()]:
        more = f" ({len(empty)} such texts)" if len(empty) > 1 else ""
        raise InputError(f"{empty[0]}: {text} is empty{more}: leave empty texts out")


def _two(file: Path, rows: Sequence[Row], column: str) -> tuple[Value, Value]:
    """The two values of a column."""
    counts = Counter(_value(where, row, column) for where, row in rows)
    if len(counts) != 2:
        told = ", ".join(f"{value!r} {n} times" for value, n in counts.most_common(5))
        more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
        raise InputError(
            f"{file}: column {column!r} must hold two different values, and holds {told}{more}: "
            + ("give texts of a second one" if len(counts) == 1 else "leave other texts out")
        )
    first, second = in_order(list(counts))
    return first, second


def _value(where: str, row: dict[str, Any], column: str) -> Value:
    value = row[column]
    if not isinstance(value, Value) or value != value:
        raise InputError(f"{where}: {column} is {value!r:.60}: give a word, a number, true or false")
    return value


def _check_groups(
    file: Path,
    rows: Sequence[Row],
    columns: tuple[str, str],
    values: tuple[tuple[Value, Value], tuple[Value, Value]],
) -> None:
    """Raises InputError for a pair of values that no text has."""
    there = Counter(tuple(row[column] for column in columns) for _, row in rows)
    label, attribute = columns
    for a in values[0]:
        for b in values[1]:
            if not there[a, b]:
                raise InputError(
                    f"{file}: no text has the {label} {a!r} and the {attribute} {b!r}: accuracies take all "
                    "four groups: add some"
                )

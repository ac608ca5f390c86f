"""The options of a classifier fitted to its file: which columns are what, which labels to tell apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.labelled import Value
from explorer_engine.formats.tables import read_rows
from explorer_engine.models import LanguageModel
from explorer_engine.store.rules import complete
from precompute.stages.labelled import ClassifierOptions
from precompute.texts.packing import first_tokens

__all__ = ["classifier_of", "fitted_classifier"]

_MOST_LABELS = 100
"""Different values of a column that can be labels."""


def fitted_classifier(file: Path, model: LanguageModel) -> tuple[ClassifierOptions, str]:
    """The options, and in a line what was taken for what.

    Columns called text, label, attribute are that; else the text is the longest column, the attribute the
    last other one of two values, the label the first other one of few. Of several labels the two most
    frequent are told apart; the attribute that is more frequent with the first of them goes with it. Raises
    InputError for a file that cannot be read, and for one without such columns, with those that it has.
    """
    rows: list[dict[str, Any]] = [row for _, row in read_rows(file, ())]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    values: dict[str, Counter[Any]] = {name: Counter(_value(row, name) for row in rows) for name in columns}
    few = [name for name in columns if 2 <= len(values[name]) <= _MOST_LABELS and None not in values[name]]
    text = _named("text", columns, sorted(columns, key=lambda name: -_length(rows, name))[:1])
    attribute = _named("attribute", columns, [n for n in reversed(few) if len(values[n]) == 2 and n != text])
    label = _named("label", columns, [n for n in few if n not in (text, attribute)])
    if text is None or label is None or attribute is None:
        lacks = "label" if label is None and attribute is not None else "attribute of two values"
        told = ", ".join(f"{name} ({len(values[name])} values)" for name in columns)
        raise InputError(f"{file}: no column looks like a {lacks}: it has {told}")
    for name in (label, attribute):
        if None in values[name] or len(values[name]) < 2:
            raise InputError(f"{file}: {name} needs a word or a number in each row, and two of them: mend it")
    (first, _), (second, _) = values[label].most_common(2)
    options = classifier_of(file, rows, (text, label, attribute), (first, second), model)
    classes, attributes = options.classes, options.attributes
    said = (
        f"classifier {file}: {len(rows):,} texts in {text!r}, {label} {classes[0]!r} or {classes[1]!r}, "
        f"attribute {attribute} {attributes[0]!r} or {attributes[1]!r}: if not, change the recipe"
    )
    return options, said


def classifier_of(
    file: Path,
    rows: Sequence[dict[str, Any]],
    columns: tuple[str, str, str],
    classes: tuple[Value, Value],
    model: LanguageModel,
) -> ClassifierOptions:
    """The options of a file's rows with two `classes`; `columns` of text, label and attribute.

    The attribute that is more frequent with the first class goes with it; the probe reads the last layer but
    one.
    """
    text, label, attribute = columns
    with_first, with_second = (Counter(row[attribute] for row in rows if row[label] == of) for of in classes)
    known = {row[attribute] for row in rows}
    first, second = sorted(known, key=lambda value: (with_second[value] - with_first[value], str(value)))[:2]
    return ClassifierOptions(
        str(file),
        f"resid_{max(0, model.n_layers - 2)}",
        classes,
        (first, second),
        text=text,
        label=label,
        attribute=attribute,
        skip_first=bool(first_tokens(model.tokenizer)),
    )


def _value(row: dict[str, Any], name: str) -> Value | None:
    """A value of a class that a recipe can name; None for anything else."""
    value = row.get(name)
    if isinstance(value, str):
        return value if complete(value) else None
    return value if isinstance(value, int | float) and abs(value) < 1 << 53 else None


def _named(name: str, columns: Sequence[str], found: Sequence[str]) -> str | None:
    """The column of that name, else the first of those found."""
    return name if name in columns else next(iter(found), None)


def _length(rows: Sequence[dict[str, Any]], name: str) -> int:
    return sum(len(value) for row in rows if isinstance(value := row.get(name), str))

"""Reading labelled texts: JSON lines with a text, its label and an attribute, both numbered from 0."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.prompts import read_text

__all__ = ["LabelledTexts", "read_labelled"]


@dataclass(frozen=True)
class LabelledTexts:
    """N texts as token ids without padding, each with a label and an attribute."""

    tokens: tuple[tuple[int, ...], ...]
    label: tuple[int, ...]
    attribute: tuple[int, ...]


def read_labelled(file: str | Path, tokenizer: Any) -> LabelledTexts:
    """All texts of a JSON-lines file, one {"text", "label", "attribute"} a line; other keys are ignored.

    Raises InputError for a missing file, for a file without texts, and for a line that is no such object,
    whose label or attribute is no whole number of at least 0, or whose text has no tokens.
    """
    path = Path(file)
    lines = [(n, line) for n, line in enumerate(read_text(path).split("\n"), 1) if line.strip()]
    if not lines:
        raise InputError(f"{path} holds no texts: expected one JSON object a line")
    entries = [(n, _parse(path, n, line)) for n, line in lines]
    ids = tokenizer([entry["text"] for _, entry in entries])["input_ids"]
    for (n, _), tokens in zip(entries, ids, strict=True):
        if not tokens:
            raise InputError(f"{path}, line {n}: the text has no tokens: leave empty texts out")
    return LabelledTexts(
        tuple(tuple(tokens) for tokens in ids),
        tuple(entry["label"] for _, entry in entries),
        tuple(entry["attribute"] for _, entry in entries),
    )


def _parse(file: Path, number: int, line: str) -> dict[str, Any]:
    where = f"{file}, line {number}"
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{where} is not JSON: expected one text a line") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise InputError(f"{where} lacks text: expected the keys text, label, attribute")
    for name in ("label", "attribute"):
        if type(entry.get(name)) is not int or entry[name] < 0:
            raise InputError(f"{where}: {name} is {entry.get(name)!r}: give a number of its class, from 0")
    return entry

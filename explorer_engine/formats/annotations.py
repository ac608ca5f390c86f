"""Annotations of features as the paper's authors publish them: JSON lines, what each is called."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.prompts import Dropped
from explorer_engine.formats.tables import read_rows
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.rules import LONGEST_TEXT

__all__ = ["ELSEWHERE", "Annotation", "read_annotations", "to_published"]

UNNAMED = "without a feature's name"
UNSAID = "without an annotation"
ELSEWHERE = "of features that this world does not have"


@dataclass(frozen=True)
class Annotation:
    """What somebody calls a feature."""

    ref: FeatureRef
    text: str
    note: str = ""


def read_annotations(
    file: str | Path, sizes: Mapping[Site, int] | None = None
) -> tuple[list[Annotation], Dropped]:
    """The annotations of a file in its order, and how many rows are left out for which reason.

    A row has `Name` ("resid_5/3036"), `Annotation`, and `Notes` or `notes`; all but the first may be missing
    or empty. A feature may be there twice. Where `sizes` says how many features each site of a world has,
    those of others are left out. Raises InputError for a file that cannot be read or that has no such rows.
    """
    path, found, reasons = Path(file), [], Counter[str]()
    for where, row in read_rows(path, ()):
        ref, text, note = _ref(row.get("Name")), _said(row, "Annotation"), _said(row, "Notes", "notes")
        if max(len(text), len(note)) > LONGEST_TEXT:
            raise InputError(f"{where}: a text is longer than {LONGEST_TEXT} characters: shorten it")
        if ref is None:
            reasons[UNNAMED] += 1
        elif not text:
            reasons[UNSAID] += 1
        elif sizes is not None and int(ref.index) >= sizes.get(ref.site, 0):
            reasons[ELSEWHERE] += 1
        else:
            found.append(Annotation(ref, text, note))
    if not found:
        why = f" ({reasons[ELSEWHERE]} {ELSEWHERE})" if reasons[ELSEWHERE] else ""
        raise InputError(
            f"{path}: no row has a Name and an Annotation: expected annotations of features{why}"
        )
    return found, Dropped(str(path), len(found), dict(reasons))


def to_published(annotations: Iterable[Annotation]) -> str:
    """The lines of a file that `read_annotations` reads, with all that published ones have."""
    lines = (
        {
            "Component": a.ref.site.kind,
            **({} if a.ref.site.kind == "embed" else {"Layer": str(a.ref.site.layer)}),
            "Feature": str(a.ref.index),
            "Name": str(a.ref),
            "Annotation": a.text,
            "Notes": a.note,
        }
        for a in annotations
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _ref(name: Any) -> FeatureRef | None:
    try:
        ref = FeatureRef.parse(str(name))
    except ValueError:  # another text, or a number with thousands of digits
        return None
    return None if ref.is_error else ref


def _said(row: Mapping[str, Any], *names: str) -> str:
    values = (row.get(name) for name in names)
    return next((str(value).strip() for value in values if value is not None), "")

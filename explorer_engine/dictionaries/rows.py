"""Dictionaries as rows of the artefact store's table `dictionary`, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.sites import Site

__all__ = ["from_rows", "to_rows"]


def to_rows(dictionaries: Iterable[DictionaryQuality]) -> dict[str, list[dict[str, Any]]]:
    """Table name → rows: one a dictionary, with its place in the order of depth."""
    return {
        "dictionary": [
            {**asdict(quality), "site": str(quality.site), "depth": quality.site.depth}
            for quality in dictionaries
        ]
    }


def from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[DictionaryQuality, ...]:
    """The dictionaries of rows of `dictionary`, shallowest first; further columns are left alone."""
    names = [field.name for field in fields(DictionaryQuality)]
    found = [{name: row[name] for name in names} for row in rows]
    values = [DictionaryQuality(**{**row, "site": Site.parse(row["site"])}) for row in found]
    return tuple(sorted(values, key=lambda quality: quality.site))

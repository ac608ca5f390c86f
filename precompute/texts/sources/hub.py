"""Text source `hub`: a data set of the Hugging Face hub, streamed row by row."""

from __future__ import annotations

from collections.abc import Iterator

from precompute.texts.columns import rows_of
from precompute.texts.dataset import commit_of, dataset_rows, is_id
from precompute.texts.source import SourceKind, TextSource, register_kind

__all__ = ["KIND"]


def _read(options: TextSource) -> Iterator[str]:
    rows = dataset_rows(options.source, options.configuration, options.split)
    yield from rows_of(rows, options.column, f"data set {options.source!r}")


def _version(options: TextSource) -> str | None:
    return commit_of(options.source)


KIND = register_kind(SourceKind("hub", is_id, _read, rank=2, version=_version))

"""Text source `hub`: a data set of the Hugging Face hub, streamed row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from explorer_engine.errors import InputError
from precompute.texts.columns import rows_of
from precompute.texts.source import SourceKind, TextSource, register_kind

__all__ = ["KIND"]

_ID = re.compile(r"(?P<id>[\w.-]+(/[\w.-]+)?)(@(?P<revision>[\w./-]+))?")


def _knows(source: str) -> bool:
    return _ID.fullmatch(source) is not None


def _read(options: TextSource) -> Iterator[str]:
    from datasets import load_dataset

    named = _ID.fullmatch(options.source)
    assert named is not None
    try:
        rows = load_dataset(
            named["id"],
            options.configuration,
            split=options.split,
            revision=named["revision"],
            streaming=True,
        )
    except Exception as error:  # the hub's client raises many: not found, gated, no network, unknown split
        raise InputError(
            f"data set {options.source!r} cannot be read from the hub ({_reason(error)}): give its id as "
            "OWNER/NAME@REVISION, with the configuration and split that it has"
        ) from None
    yield from rows_of(rows, options.column, f"data set {options.source!r}")


def _version(options: TextSource) -> str | None:
    """The commit that the revision is at; None where the hub does not answer."""
    from huggingface_hub import HfApi

    named = _ID.fullmatch(options.source)
    assert named is not None
    try:
        return HfApi().dataset_info(named["id"], revision=named["revision"], timeout=10).sha
    except Exception:  # as many as above; reading the texts tells what is wrong
        return None


def _reason(error: Exception) -> str:
    """What the client says, as one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__


KIND = register_kind(SourceKind("hub", _knows, _read, rank=2, version=_version))

"""A data set of the Hugging Face hub: its rows, and the commit that its revision is at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.hub import licence

__all__ = ["commit_of", "dataset_rows", "is_id"]

_ID = re.compile(r"(?P<id>[\w.-]+(/[\w.-]+)?)(@(?P<revision>[\w./-]+))?")


def is_id(source: str) -> bool:
    """Whether a source is written as OWNER/NAME or OWNER/NAME@REVISION."""
    return _ID.fullmatch(source) is not None


def dataset_rows(source: str, configuration: str | None, split: str) -> Iterable[Mapping[str, Any]]:
    """The rows of a split, streamed. Raises InputError for a data set that cannot be opened."""
    from datasets import load_dataset

    name, revision = _parts(source)
    try:
        return load_dataset(name, configuration, split=split, revision=revision, streaming=True)
    except Exception as error:  # the hub's client raises many: not found, gated, no network, unknown split
        if behind := licence(error, f"datasets/{name}"):
            raise InputError(f"data set {source!r}: {behind}") from None
        raise InputError(
            f"data set {source!r} cannot be read from the hub ({_reason(error)}): give its id as "
            "OWNER/NAME@REVISION, with the configuration and split that it has"
        ) from None


def commit_of(source: str) -> str | None:
    """The commit that the revision is at; None where the hub does not answer."""
    from huggingface_hub import HfApi

    name, revision = _parts(source)
    try:
        return HfApi().dataset_info(name, revision=revision, timeout=10).sha
    except Exception:  # as many as above; reading the rows tells what is wrong
        return None


def _parts(source: str) -> tuple[str, str | None]:
    named = _ID.fullmatch(source)
    assert named is not None
    return named["id"], named["revision"]


def _reason(error: Exception) -> str:
    """What the client says, as one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__

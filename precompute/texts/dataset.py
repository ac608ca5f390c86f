"""A data set of the Hugging Face hub: its rows, and the commit that its revision is at.

Of a data set that is streamed nothing is kept. Offline it is read from the cache of the hub's client, where
`hf download --repo-type dataset` puts files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.hub import refused

__all__ = ["commit_of", "dataset_rows", "is_id"]

_ID = re.compile(r"(?P<id>[\w.-]+(/[\w.-]+)?)(@(?P<revision>[\w./-]+))?")


def is_id(source: str) -> bool:
    """Whether a source is written as OWNER/NAME or OWNER/NAME@REVISION."""
    return _ID.fullmatch(source) is not None


def dataset_rows(source: str, configuration: str | None, split: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a split, streamed; offline those of the files that are in the cache, in the same order.

    Raises InputError for a data set that cannot be opened, and with the first row for one behind a licence.
    """
    from datasets import load_dataset
    from huggingface_hub import constants

    name, revision = _parts(source)
    if constants.HF_HUB_OFFLINE:
        return _cached_rows(source, configuration, split)
    try:
        rows = load_dataset(name, configuration, split=split, revision=revision, streaming=True)
    except Exception as error:  # the hub's client raises many: not found, gated, no network, unknown split
        if kept := refused(_cause(error, name), f"datasets/{name}"):
            raise InputError(f"data set {source!r}: {kept}") from None
        raise InputError(
            f"data set {source!r} cannot be read from the hub ({_reason(error)}): give its id as "
            "OWNER/NAME@REVISION, with the configuration and split that it has"
        ) from None
    return _unless_refused(rows, source, name)


def _cached_rows(source: str, configuration: str | None, split: str) -> Iterator[Mapping[str, Any]]:
    from datasets import load_dataset

    name, revision = _parts(source)
    try:
        folder = _cached(name, revision)
        return iter(load_dataset(str(folder), configuration, split=split, streaming=True))
    except Exception as error:  # of both clients: not there, no file of the split there
        raise InputError(
            f"data set {source!r}: HF_HUB_OFFLINE is set, and its split {split!r} is not in the cache "
            f"({_reason(error)}): fetch it once without, with hf download --repo-type dataset {name}"
        ) from None


def _cached(name: str, revision: str | None) -> Path:
    """The folder of the data set in the cache, whatever of it is there; its name is the commit."""
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, repo_type="dataset", revision=revision, allow_patterns=[]))


def _unless_refused(rows: Iterable[Mapping[str, Any]], source: str, name: str) -> Iterator[Mapping[str, Any]]:
    try:
        yield from rows
    except Exception as error:
        if kept := refused(error, f"datasets/{name}"):
            raise InputError(f"data set {source!r}: {kept}") from None
        raise


def _cause(error: Exception, name: str) -> Exception:
    """What the hub says of a data set of which its client says only that it is not there."""
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub import HfApi

    if isinstance(error, DatasetNotFoundError):
        try:
            HfApi().auth_check(name, repo_type="dataset")
        except Exception as problem:
            return problem
    return error


def commit_of(source: str) -> str | None:
    """The commit that the revision is at, offline in the cache; None where neither says it."""
    from huggingface_hub import HfApi, constants

    name, revision = _parts(source)
    try:
        if constants.HF_HUB_OFFLINE:
            return _cached(name, revision).name
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

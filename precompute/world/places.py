"""Where a model or dictionaries lie: folders as they are, or of the hub, downloaded once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from explorer_engine.dictionaries.places import Places
from explorer_engine.errors import InputError

__all__ = ["dictionaries_place", "local_folder", "step_of"]


@cache
def local_folder(what: str, source: str) -> Path:
    """The folder of a source; what is on the hub is downloaded first, or found where it was downloaded.

    `what` is what the source is of, for messages. Raises InputError where there is nothing.
    """
    place = Path(source).expanduser()
    if place.is_dir():
        return place
    name, _, revision = source.partition("@")
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise InputError(f"{what} {source}: there is no such folder: give a folder or a hub id")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision or None))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as problem:
        reason = (str(problem).strip() or type(problem).__name__).splitlines()[0]
        raise InputError(f"{what} {source}: no such folder, and the hub has none: {reason}") from None


def dictionaries_place(source: str) -> Path:
    """The place, for `load_dictionaries`, of dictionaries that are joined by site, chosen by `*`, or neither.

    Each is a folder, a zip file or a hub id. Raises InputError where there is nothing.
    """
    return Path(str(Places.parse(source).map(_one_place)))


def _one_place(place: str) -> Path:
    before, star, after = place.partition("*")
    folder, slash, part = before.rpartition("/") if star else (place, "", "")
    if Path(folder).expanduser().is_file():
        return Path(place).expanduser()
    return local_folder("dictionaries", folder or slash or ".") / f"{part}{star}{after}"


def step_of(checkpoint: str) -> int:
    """The training step that a checkpoint's name ends with; raises InputError where it does not."""
    found = re.search(r"(\d+)$", checkpoint)
    if found is None:
        raise InputError(f"model.checkpoints: {checkpoint!r} does not end with a step, as step512 does")
    return int(found[1])

"""Where the dictionaries of a recipe lie, and what the names of checkpoints say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from explorer_engine.dictionaries.published import local_places
from explorer_engine.errors import InputError
from explorer_engine.sites import ANY_SITES, Site

__all__ = ["dictionaries_place", "step_of"]


def dictionaries_place(source: str, sites: Sequence[Site] = ANY_SITES) -> Path:
    """The place of dictionaries on this machine; those of the hub are downloaded, as `sites` need them.

    Raises InputError where there is nothing.
    """
    return Path(str(local_places(source, sites)))


def step_of(checkpoint: str) -> int:
    """The training step that a checkpoint's name ends with; raises InputError where it does not."""
    found = re.search(r"(\d+)$", checkpoint)
    if found is None:
        raise InputError(f"model.checkpoints: {checkpoint!r} does not end with a step, as step512 does")
    return int(found[1])

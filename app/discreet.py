"""What visitors are told of files: what they are called, not where they lie; the server's log says all."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path

__all__ = ["discreet"]

_PLACE = re.compile(r"(?<![\w.:/…~-])(?:~|[A-Za-z]:[\\/]|/)[^\s'\",;:()]*[/\\][^\s'\",;:()]*")
"""A path that says where something lies: from the root, from somebody's home, or from a drive."""
_PROCESS = re.compile(r"\b(process|PID)( |=)\d+", re.IGNORECASE)
_LOG = logging.getLogger(__name__)


@lru_cache(maxsize=256)
def discreet(message: str) -> str:
    """A message without places of this machine and numbers of processes: a path keeps its last two names.

    What is left out stands in the server's log, once.
    """
    said = message
    for folder in map(str, (Path.cwd(), Path.home())):  # names there may have blanks
        said = said.replace(f"{folder}/", "…/") if len(folder) > 1 else said
    said = _PLACE.sub(lambda found: _end(found[0]), said)
    said = _PROCESS.sub("another process", said)
    if said != message:
        _LOG.warning("told without places: %s", message)
    return said


def _end(path: str) -> str:
    parts = [part for part in re.split(r"[\\/]", path) if part]
    return "/".join(["…", *parts[-2:]])

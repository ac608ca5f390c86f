"""A world's folder brought to a new state at once: made whole inside it, then moved into place."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.world.manifest import MANIFEST

__all__ = ["is_place_of_world", "renewed", "settle"]

_UNDER_WAY, _NEXT = ".next.partial", ".next"


@contextmanager
def renewed(root: Path) -> Iterator[Path]:
    """A folder to fill with all that `root` is to have anew, the manifest of the new state among it.

    At the end it takes the place of what has the same names in `root`. Killed before that, the process leaves
    the old state; killed later, the new one, which whoever opens the world next moves into place (`settle`).
    One process does this at a time, others wait.
    """
    root.mkdir(parents=True, exist_ok=True)
    under_way = root / _UNDER_WAY
    with _alone(root):
        _move(root)
        shutil.rmtree(under_way, ignore_errors=True)
        under_way.mkdir()
        try:
            yield under_way
            under_way.rename(root / _NEXT)
        finally:
            shutil.rmtree(under_way, ignore_errors=True)
        _move(root)


def is_place_of_world(folder: Path) -> bool:
    """Whether a folder is empty, or holds a world or what is left of one that was being published."""
    return any((folder / name).exists() for name in (MANIFEST, _NEXT, _UNDER_WAY)) or not any(
        folder.iterdir()
    )


def settle(root: Path) -> None:
    """Finish what a killed process left to be moved, and wait for one that is at it.

    Raises InputError where the folder cannot be written.
    """
    if not (root / _NEXT).is_dir():
        return
    try:
        with _alone(root):
            _move(root)
    except OSError as problem:
        raise InputError(
            f"{root}: its publication was cut off and cannot be finished ({problem.strerror or problem}): "
            "make the folder writable, or copy it where you may write"
        ) from None


def _move(root: Path) -> None:
    """Move the new state into place, its manifest last; what was moved before a kill is not there again."""
    new = root / _NEXT
    if not new.is_dir():
        return
    for name in sorted((entry.name for entry in new.iterdir()), key=lambda name: (name == MANIFEST, name)):
        old = root / name
        if old.is_symlink():
            old.unlink()
        elif old.is_dir():
            shutil.rmtree(old)
        (new / name).replace(old)
    new.rmdir()


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold a folder; it is let go when the process ends, however it ends."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)

"""Another world's content in the place of a world that people read, and the way back to what was there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.world.manifest import MANIFEST, Manifest, check
from explorer_engine.world.renewal import renewed, settle
from explorer_engine.world.world import open_world

__all__ = ["put_back", "swap"]

_PREVIOUS = ".previous"
"""In a world's folder: what was there before."""
_Copy = Callable[[str, str], object]


def swap(root: Path, other: Path) -> None:
    """Copy what another world holds into the place of this one, at once; what was there is kept.

    Readers go on with what they have open and see the new world with their next look; killed at any moment,
    it leaves the one or the other. Raises InputError where one of them cannot be opened, or does not carry
    what it needs to another folder.
    """
    if root.resolve() == other.resolve():
        raise InputError(f"{other}: is the world itself: name another")
    open_world(root)
    open_world(other)
    _renew(root, other, shutil.copy2)


def put_back(root: Path) -> None:
    """Put what was there before the last swap in its place, and keep what is there now: twice is nothing.

    Raises InputError where nothing is kept.
    """
    settle(root)
    if not (root / _PREVIOUS / MANIFEST).is_file():
        raise InputError(f"{root}: nothing is kept of before: only what `swap` replaced can be put back")
    _renew(root, root / _PREVIOUS, _linked)


def _renew(root: Path, source: Path, copy: _Copy) -> None:
    try:
        with renewed(root) as folder:
            _take(source, folder, copy)
            check(Manifest.read(folder), folder)
            (folder / _PREVIOUS).mkdir()
            _take(root, folder / _PREVIOUS, _linked)
    except OSError as problem:
        said = problem.strerror or problem
        raise InputError(f"{root}: {said}: make room, or make it writable; nothing was changed") from None


def _take(source: Path, folder: Path, copy: _Copy) -> None:
    """All that is not hidden; links are followed, as they might lead elsewhere from there."""
    for entry in source.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            shutil.copytree(entry, folder / entry.name, copy_function=copy)
        else:
            copy(str(entry), str(folder / entry.name))


def _linked(source: str, to: str) -> object:
    """The same file under another name; a copy where the disk has no such links."""
    try:
        os.link(os.path.realpath(source), to)
    except OSError:
        shutil.copy2(source, to)
    return to

"""The worlds that this server shows: the key by which each stands in addresses, and what an address means."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app import settings
from explorer_engine.errors import InputError
from explorer_engine.world.manifest import MANIFEST
from explorer_engine.world.world import dictionaries_keys

__all__ = ["Listed", "Version", "find", "listed", "manifest_version"]

Version = tuple[int, ...]


@dataclass(frozen=True)
class Listed:
    """A world of the list, opened or not."""

    path: Path
    name: str
    """Of its folder, with as many folders above as tell it from the others: `demo`, `runs-demo`."""
    dictionaries: str | None
    """`World.key`; None where the manifest cannot be read."""
    older: tuple[str, ...] = ()
    """`World.older_keys`: addresses may hold them."""

    @property
    def key(self) -> str:
        """In addresses: `demo-a8f6b1d2`. It stays when the world is published again, and tells apart worlds
        that share their dictionaries; a feature's number means nothing under other dictionaries."""
        return f"{self.name}-{self.dictionaries}" if self.dictionaries else self.name


def listed() -> tuple[Listed, ...]:
    """All worlds in the order in which they were given; those that cannot be opened too."""
    paths = settings.world_paths()
    return tuple(
        Listed(path, name, *_dictionaries(path, manifest_version(path)))
        for path, name in zip(paths, _names(paths), strict=True)
    )


def find(asked: str) -> Listed:
    """The world that an address asks for, by its key or by its name alone.

    Raises InputError where it is not open here, or has other dictionaries than when the address was made.
    """
    known = listed()
    for world in known:
        if asked in (world.key, world.name, *(f"{world.name}-{key}" for key in world.older)):
            return world
    name, _, _ = asked.rpartition("-")
    for world in known:
        if name == world.name and world.dictionaries is None:
            return world
        if name == world.name:
            raise InputError(
                f"{asked}: the world {name} has other dictionaries now than when this address was made, "
                f"so its features and circuits are others; it is open here as {world.key}"
            )
    keys = ", ".join(world.key for world in known)
    raise InputError(
        f"{asked}: this world is not open here, but {keys}; start the app with --world and its folder"
    )


def manifest_version(path: Path) -> Version:
    """Which manifest lies in a world's folder; empty where there is none, which opening the world says."""
    try:
        found = (path / MANIFEST).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _dictionaries(path: Path, version: Version) -> tuple[str | None, tuple[str, ...]]:
    try:
        key, *older = _read(path, version)
    except InputError:
        return None, ()
    return key, tuple(older)


@lru_cache(maxsize=64)
def _read(path: Path, version: Version) -> tuple[str, ...]:
    """Remembered for a version of the manifest; failures are not."""
    return dictionaries_keys(path)


@lru_cache(maxsize=8)
def _names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """The shortest ends of the paths that differ, as they stand in addresses."""
    ends = [path.resolve().parts[1:] or ("world",) for path in paths]
    lengths = [1] * len(ends)

    def names() -> list[str]:
        return [_written("-".join(end[-n:])) for end, n in zip(ends, lengths, strict=True)]

    while True:
        counts = Counter(found := names())
        longer = [i for i, name in enumerate(found) if counts[name] > 1 and lengths[i] < len(ends[i])]
        if not longer:
            break
        for i in longer:
            lengths[i] += 1
    seen: Counter[str] = Counter()
    for i, name in enumerate(found):  # what only differs in signs that addresses leave out
        seen[name] += 1
        found[i] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return tuple(found)


def _written(name: str) -> str:
    return re.sub(r"[^a-z0-9_.]+", "-", name.lower()).strip("-") or "world"

"""One value a folder: that of its newest version; the one used longest ago is let go of for another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Newest"]

T = TypeVar("T")


class Newest(Generic[T]):
    """Values by folder, shared by all sessions; each is made once, while others are given out."""

    def __init__(self, most: int, release: Callable[[T], object] = lambda _: None) -> None:
        """At most `most` values are kept; `release` is called with those that are not any more."""
        self._most, self._release = most, release
        self._lock = Lock()
        self._making: dict[Path, Lock] = {}
        self._kept: OrderedDict[Path, tuple[Hashable, T]] = OrderedDict()

    def get(self, folder: Path, version: Hashable, make: Callable[[], T]) -> T:
        """The folder's value of this version, made where it is not there; another version is let go of.

        What `make` raises is passed on, and nothing is kept then.
        """
        with self._lock:
            making = self._making.setdefault(folder, Lock())
        with making:
            with self._lock:
                kept = self._kept.get(folder)
                if kept is not None and kept[0] == version:
                    self._kept.move_to_end(folder)
                    return kept[1]
            value = make()
            with self._lock:
                gone = [self._kept.pop(folder)[1]] if folder in self._kept else []
                self._kept[folder] = (version, value)
                while len(self._kept) > self._most:
                    gone.append(self._kept.popitem(last=False)[1][1])
        for old in gone:
            self._release(old)
        return value

    def values(self) -> tuple[T, ...]:
        """Those that are kept."""
        with self._lock:
            return tuple(value for _, value in self._kept.values())

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            gone = [value for _, value in self._kept.values()]
            self._kept.clear()
        for old in gone:
            self._release(old)

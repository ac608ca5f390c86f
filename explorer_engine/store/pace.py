"""How fast statements may come: nobody's hand is as fast as this, and a program would fill the disk."""

from __future__ import annotations

from collections import deque
from time import monotonic

from explorer_engine.errors import InputError

__all__ = ["MOST_BY_ALL", "MOST_BY_ONE", "Pace"]

MOST_BY_ONE, MOST_BY_ALL = 120, 1200
"""Statements a minute, under one name and under all."""
_MINUTE = 60.0


class Pace:
    """Counts statements as they come; the caller holds the store's lock."""

    def __init__(self) -> None:
        self._last: deque[tuple[float, str]] = deque()

    def check(self, name: str) -> None:
        """Count one more. Raises InputError where it comes too fast, and does not count it then."""
        now, who = monotonic(), name.casefold()
        while self._last and now - self._last[0][0] > _MINUTE:
            self._last.popleft()
        if len(self._last) >= MOST_BY_ALL or sum(other == who for _, other in self._last) >= MOST_BY_ONE:
            raise InputError(
                f"too many statements in a minute (at most {MOST_BY_ONE} under one name, {MOST_BY_ALL} in "
                "all); wait a moment and say it again"
            )
        self._last.append((now, who))

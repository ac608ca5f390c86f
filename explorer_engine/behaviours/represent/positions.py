"""Over which positions before the answer a representation is summed (App. H.2)."""

from __future__ import annotations

from explorer_engine.behaviours.options import Positions
from explorer_engine.errors import InputError

__all__ = ["POSITIONS", "check_last"]

POSITIONS: dict[Positions, tuple[str, int | None]] = {
    "sum": ("all positions summed", None),
    "last-1": ("last position", 1),
    "last-5": ("last 5 positions summed", 5),
}
"""Name → what it is in words, and how many positions before the answer; None: all."""


def check_last(last: int | None) -> None:
    """Raises InputError for a number of last positions below 1; None is all."""
    if last is not None and last < 1:
        raise InputError(f"last {last}: no position is summed; give at least 1, or leave it out for all")

"""Parts of long lists: one page, and one thing's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Page", "ListPlace"]


T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list that is longer than the screen."""

    rows: tuple[T, ...]
    total: int
    """How many rows match in all."""
    offset: int
    limit: int


@dataclass(frozen=True)
class ListPlace(Generic[T]):
    """Where one thing stands in a filtered and sorted list: between these two, None at an end."""

    previous: T | None
    next: T | None

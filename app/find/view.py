"""The address of the Find page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View

__all__ = ["FindView"]


@dataclass(frozen=True)
class FindView(View):
    """What is looked for, and which of what is found is shown."""

    PAGE: ClassVar[str] = "find"
    q: str = ""
    """The words, all of which must match."""
    kind: str = ""
    """behaviours, features or circuits; empty = the best of each."""
    only: tuple[str, ...] = ()
    """Filters that are on: circuit, labelled."""
    by: str = ""
    """Only what this person has judged."""
    answer: str = ""
    """Only behaviours with this answer among the commonest."""
    figure: str = ""
    """A ranking of behaviours; `low` and `high` are its bounds."""
    low: float | None = None
    high: float | None = None
    page: int = 1

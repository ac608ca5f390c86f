"""The address of the Behaviours page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View

__all__ = ["BehavioursView"]


@dataclass(frozen=True)
class BehavioursView(View):
    """Which behaviour of which clustering, and how the list beside it is made."""

    PAGE: ClassVar[str] = "behaviours"
    clustering: str | None = None
    """None = the first one of the world."""
    behaviour: int | None = None
    """None = the first row of the list."""
    rank: str = "effect"
    """Name of a ranking of the store."""
    q: str = ""
    """Search: words of a label, a token, or a feature such as resid_2/31."""
    only: tuple[str, ...] = ()
    """Filters that are on."""
    page: int = 1

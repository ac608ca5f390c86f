"""The address of the Judge page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View
from explorer_engine.sites import FeatureRef

__all__ = ["PARTS", "JudgeView"]

PARTS = {"judge": "Judge", "agreement": "Agreement"}
"""Parts of the page by what the address calls them."""


@dataclass(frozen=True)
class JudgeView(View):
    """Whose features are judged, in which order, and which is on screen."""

    PAGE: ClassVar[str] = "judge"
    circuit: str | None = None
    feature: FeatureRef | None = None
    """None: the first that one has not judged."""
    blind: bool = True
    """Whether what others say and what would give the answer away is hidden until one decides."""
    order: str = "effect"
    """A name of `judging.order.ORDERS`."""
    part: str = "judge"
    """A name of `PARTS`."""

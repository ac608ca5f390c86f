"""The address of the Features page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View
from explorer_engine.sites import FeatureRef

__all__ = ["FeaturesView"]


@dataclass(frozen=True)
class FeaturesView(View):
    """Which feature, and how the list beside it is made."""

    PAGE: ClassVar[str] = "features"
    feature: FeatureRef | None = None
    q: str = ""
    kinds: tuple[str, ...] = ()
    """Kinds of sites (embed, attn, mlp, resid); nothing chosen = all."""
    layers: tuple[str, ...] = ()
    density: tuple[str, ...] = ()
    """Lowest and highest density as exponents of ten: ("-5", "-2"); nothing = all."""
    only: tuple[str, ...] = ()
    page: int = 1

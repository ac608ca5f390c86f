"""The address of Start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View

__all__ = ["StartView"]


@dataclass(frozen=True)
class StartView(View):
    """Start has no state."""

    PAGE: ClassVar[str] = "start"

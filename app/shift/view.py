"""The address of the SHIFT page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from app.address import View
from explorer_engine.sites import FeatureRef

__all__ = ["ShiftView"]


@dataclass(frozen=True)
class ShiftView(View):
    """Which classifier, and whose judgements decide what is ablated."""

    PAGE: ClassVar[str] = "shift"
    task: str | None = None
    policy: str = "mine"
    """Whose word counts: a name of `policies.POLICIES`."""
    by: str | None = None
    """Whose judgements `mine` are; None: one's own."""
    retrain: bool = False
    ablation: str | None = None
    """What features are set to: `zero` or `mean`; None = as the world's table has it."""
    result: bool = False
    """Whether the numbers are those of the test texts: the result, not what one chooses by."""
    feature: FeatureRef | None = None
    """The feature whose contexts are open."""

    def named(self, me: str | None) -> ShiftView:
        """The same with one's own judgements by one's name, so that a link shows others what one sees."""
        return replace(self, by=me) if self.policy == "mine" and self.by is None else self

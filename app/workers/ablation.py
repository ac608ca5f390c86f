"""What the worker is asked about a feature that was not ablated beforehand: what is lost without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workers.job import Turn
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.dashboards.values import FeatureAblation
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["AblationQuestion"]


@dataclass(frozen=True)
class AblationQuestion:
    """A feature, ablated in its strongest contexts."""

    ref: FeatureRef
    yields = 0.0

    def run(self, loaded: LoadedWorld, turn: Turn) -> FeatureAblation:
        """What the next token loses and gains."""
        turn.tell("ablating the feature")
        return loaded.ablation(self.ref)

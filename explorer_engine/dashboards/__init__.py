"""What a feature means: where it is active, what it does to the next token, which features are like it."""

from explorer_engine.dashboards.activity import Contexts, SiteActivity, collect_activity
from explorer_engine.dashboards.effects import (
    AblationEffects,
    DirectEffects,
    ablation_effects,
    direct_effects,
    norm_jacobian,
)
from explorer_engine.dashboards.neighbours import Neighbours, decoder_neighbours
from explorer_engine.dashboards.rows import context_rows, feature_rows, neighbour_rows

__all__ = [
    "AblationEffects",
    "Contexts",
    "DirectEffects",
    "Neighbours",
    "SiteActivity",
    "ablation_effects",
    "collect_activity",
    "context_rows",
    "decoder_neighbours",
    "direct_effects",
    "feature_rows",
    "neighbour_rows",
    "norm_jacobian",
]

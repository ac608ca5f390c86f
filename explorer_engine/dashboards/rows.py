"""Dashboards as rows of the artefact store's tables `feature`, `feature_context` and `feature_neighbour`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer_engine.dashboards.activity import SiteActivity
from explorer_engine.dashboards.effects import AblationEffects, DirectEffects
from explorer_engine.dashboards.neighbours import Neighbours
from explorer_engine.sites import Site

__all__ = ["context_rows", "feature_rows", "neighbour_rows"]

Row = dict[str, object]


def feature_rows(
    site: Site, activity: SiteActivity, direct: DirectEffects, ablation: AblationEffects | None = None
) -> Iterator[Row]:
    """One row a feature; features that were never ablated have no ablation columns."""
    ablated = {} if ablation is None else {int(j): i for i, j in enumerate(ablation.feature)}
    for j in range(len(activity.density)):
        row: Row = {
            "site": str(site),
            "feature": j,
            "density": float(activity.density[j]),
            "maximum": float(activity.maximum[j]),
            "histogram": activity.histogram[j],
            "top_tokens": activity.top_tokens[j],
            "promoted": direct.promoted[j],
            "promoted_logits": _short(direct.promoted_logits[j]),
            "suppressed": direct.suppressed[j],
            "suppressed_logits": _short(direct.suppressed_logits[j]),
        }
        if ablation is not None and j in ablated:
            row["ablated"] = ablation.tokens[ablated[j]]
            row["ablated_delta"] = _short(ablation.delta[ablated[j]])
        yield row


def context_rows(site: Site, activity: SiteActivity) -> Iterator[Row]:
    """One row a context; the window as shares of its largest activation in 255ths."""
    c = activity.contexts
    for i in range(len(c)):
        window = c.window[i, : c.length[i]]
        scale = max(float(window.max()), float(c.value[i]))
        yield {
            "site": str(site),
            "feature": int(c.feature[i]),
            "bin": int(c.bin[i]),
            "rank": int(c.rank[i]),
            "document": int(c.document[i]),
            "position": int(c.position[i]),
            "first": int(c.first[i]),
            "activation": float(c.value[i]),
            "scale": scale,
            "shades": np.ceil(window / scale * 255).clip(0, 255).astype(int),
        }


def neighbour_rows(site: Site, neighbours: Neighbours) -> Iterator[Row]:
    """One row a feature and neighbour."""
    for j, (sites, features, cosines) in enumerate(
        zip(neighbours.site, neighbours.feature, neighbours.cosine, strict=True)
    ):
        for rank, (other, feature, cosine) in enumerate(zip(sites, features, cosines, strict=True)):
            yield {
                "site": str(site),
                "feature": j,
                "rank": rank,
                "other_site": str(neighbours.sites[other]),
                "other_feature": int(feature),
                "cosine": float(cosine),
            }


def _short(values: np.ndarray) -> np.ndarray:
    """Rounded to what is shown: such numbers compress much better."""
    return np.round(values.astype(float), 4)

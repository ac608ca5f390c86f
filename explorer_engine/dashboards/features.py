"""From what was found out about a whole site to one value a feature, a context, a neighbour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer_engine.dashboards.ablations import AblationEffects
from explorer_engine.dashboards.activity import Contexts, SiteActivity
from explorer_engine.dashboards.effects import DirectEffects
from explorer_engine.dashboards.neighbours import Neighbours
from explorer_engine.dashboards.values import (
    FeatureAblation,
    FeatureContext,
    FeatureFigures,
    FeatureNeighbour,
    Weighted,
)
from explorer_engine.sites import FeatureRef, Site

__all__ = ["ablations", "contexts", "figures", "neighbours"]


def figures(site: Site, activity: SiteActivity, direct: DirectEffects) -> Iterator[FeatureFigures]:
    """The figures of every feature in order."""
    for j in range(len(activity.density)):
        yield FeatureFigures(
            ref=FeatureRef(site, j),
            density=float(activity.density[j]),
            maximum=float(activity.maximum[j]),
            histogram=tuple(activity.histogram[j].tolist()),
            top_tokens=tuple(token for token in activity.top_tokens[j].tolist() if token >= 0),
            promoted=_weighted(direct.promoted[j], direct.promoted_logits[j]),
            suppressed=_weighted(direct.suppressed[j], direct.suppressed_logits[j]),
        )


def ablations(site: Site, found: AblationEffects) -> Iterator[FeatureAblation]:
    """The features that were ablated, in their order."""
    for feature, tokens, delta in zip(found.feature.tolist(), found.tokens, found.delta, strict=True):
        yield FeatureAblation(FeatureRef(site, feature), _weighted(tokens, delta))


def contexts(site: Site, found: Contexts) -> Iterator[FeatureContext]:
    """All contexts of all features, in their order; the window as shares of its largest activation."""
    for i in range(len(found)):
        window = found.window[i, : found.length[i]]
        scale = max(float(window.max()), float(found.value[i]))
        yield FeatureContext(
            ref=FeatureRef(site, int(found.feature[i])),
            bin=int(found.bin[i]),
            rank=int(found.rank[i]),
            document=int(found.document[i]),
            position=int(found.position[i]),
            activation=float(found.value[i]),
            first=int(found.first[i]),
            scale=scale,
            shades=tuple(np.ceil(window / scale * 255).clip(0, 255).astype(int).tolist()),
        )


def neighbours(site: Site, found: Neighbours) -> Iterator[FeatureNeighbour]:
    """The neighbours of every feature in order, nearest first."""
    for j, (sites, features, cosines) in enumerate(
        zip(found.site.tolist(), found.feature.tolist(), found.cosine.tolist(), strict=True)
    ):
        for rank, (other, feature, cosine) in enumerate(zip(sites, features, cosines, strict=True)):
            yield FeatureNeighbour(FeatureRef(site, j), rank, FeatureRef(found.sites[other], feature), cosine)


def _weighted(ids: np.ndarray, numbers: np.ndarray) -> Weighted:
    """Pairs, the numbers rounded to what is shown: such numbers compress much better."""
    return tuple(zip(ids.tolist(), np.round(numbers.astype(float), 4).tolist(), strict=True))

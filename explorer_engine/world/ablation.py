"""Measuring on demand what is lost without a feature, as the stage `ablations` does beforehand."""

from __future__ import annotations

from explorer_engine.dashboards import features
from explorer_engine.dashboards.ablations import CONTEXTS, ablation_effects
from explorer_engine.dashboards.values import FeatureAblation
from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore

__all__ = ["measure_ablation"]


def measure_ablation(
    model: LanguageModel, dictionary: Dictionary, store: ArtefactStore, ref: FeatureRef
) -> FeatureAblation:
    """What the next token loses and gains without the feature `ref` of `dictionary`.

    In as many of its strongest contexts as the store says that others were ablated in. Raises InputError for
    an error node, and for a feature without contexts in the store.
    """
    made = store.start.provenance("ablations")
    n = made[-1].parameters["contexts"] if made else CONTEXTS
    texts = store.features.peaks(ref, n)  # type: ignore[arg-type]
    if not texts:
        raise InputError(f"{ref}: this world has no context of it to ablate it in")
    found = ablation_effects(model, ref.site, dictionary, [ref.index] * len(texts), texts)  # type: ignore[list-item]
    (ablation,) = features.ablations(ref.site, found)
    return ablation

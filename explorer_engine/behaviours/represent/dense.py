"""A prediction by the sites' own dimensions: their values, and the effects of each (App. H.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from explorer_engine.attribution.gradients import first_order
from explorer_engine.attribution.metrics import LogProb
from explorer_engine.attribution.runs import trace_batch
from explorer_engine.behaviours.represent.positions import check_last
from explorer_engine.data import Examples
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["dense_activations", "dense_effects"]


def dense_activations(
    model: LanguageModel,
    sites: Iterable[Site],
    examples: Examples,
    *,
    last: int | None = None,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> np.ndarray:
    """[n,Σd] values at the sites, side by side in order of depth, summed over positions (or the `last`)."""
    order = sorted(sites)

    def values(batch: Examples) -> list[Tensor]:
        found = model.activations(batch.tokens, batch.mask, order)
        return [found[site] for site in order]

    return _summed(examples, values, last, batch_size, progress, "activations of sites")


def dense_effects(
    model: LanguageModel,
    sites: Iterable[Site],
    examples: Examples,
    *,
    last: int | None = None,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> np.ndarray:
    """[n,Σd] |x · ∂m/∂x| of every dimension x of the sites' values, m = −log p(answer): first-order effects
    of setting it to 0 (eq. 3), summed over positions as those of features are."""
    order, metric = sorted(sites), LogProb()

    def effects(batch: Examples) -> list[Tensor]:
        tail, _ = trace_batch(model, order, batch.to(model.device), metric, patched=False)
        gradients = first_order(tail, order)
        return [(tail.captured.values[site] * gradients[site]).abs() for site in order]

    return _summed(examples, effects, last, batch_size, progress, "effects of sites")


def _summed(
    examples: Examples,
    values: Callable[[Examples], list[Tensor]],
    last: int | None,
    batch_size: int,
    progress: Progress | None,
    what: str,
) -> np.ndarray:
    """Values [B,S,d] of every batch and site, summed over real positions."""
    check_last(last)
    parts, kept = [], slice(-last if last else 0, None)
    for batch in told(list(examples.batches(batch_size)), progress, what):
        real = batch.mask[:, kept, None]
        sums = [(value[:, kept] * real.to(value)).sum(1).float() for value in values(batch)]
        parts.append(torch.cat(sums, dim=1).cpu().numpy())
    return np.concatenate(parts)

"""Activations to train dictionaries on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["collect_activations"]

_BATCH = 100
"""Windows in one forward pass."""


def collect_activations(
    model: LanguageModel, windows: Examples, sites: Sequence[Site], progress: Progress | None = None
) -> dict[Site, Tensor]:
    """[n·S, d] in half precision at each site, of n windows [n,S] without padding.

    Everything is held in memory: 2.3 GB for 13 sites of width 128 and 0.7 million tokens.
    """
    parts: dict[Site, list[Tensor]] = {site: [] for site in sites}
    for batch in told(list(windows.batches(_BATCH)), progress, "activations"):
        for site, value in model.activations(batch.tokens, batch.mask, sites).items():
            parts[site].append(value.flatten(0, 1).half())
    return {site: torch.cat(parts.pop(site)) for site in sites}

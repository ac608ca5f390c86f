"""What a prediction rests on, as a sparse vector over the features of all dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from explorer_engine.attribution.choices import Method
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import FeatureRef, Site

__all__ = ["Representation", "feature_activations", "linear_effects"]


@dataclass(frozen=True, eq=False)
class Representation:
    """n contexts as vectors over all features of some sites, side by side in order of depth."""

    matrix: scipy.sparse.csr_array
    """[n, ΣF], float32, nothing negative."""
    sites: tuple[Site, ...]
    starts: tuple[int, ...]
    """First column of each site."""

    def feature(self, column: int) -> FeatureRef:
        """Which feature a column stands for."""
        place = int(np.searchsorted(self.starts, column, side="right")) - 1
        return FeatureRef(self.sites[place], column - self.starts[place])


def linear_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    *,
    last: int | None = None,
    method: Method = "attribution",
    steps: int = 10,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Representation:
    """|linear effect| of every SAE feature on −log p(answer), zero ablation, summed over positions (§5).

    Absolute values before the sum, so that opposite effects at two positions do not hide each other. `last`
    sums over the last so many positions only (the published clusterings use 1, or all). First-order effects
    by default: one backward pass a batch; `method` "ig" for integrated gradients.
    """

    def entries(batch: Examples) -> dict[Site, tuple[Tensor, Tensor, Tensor]]:
        found = node_effects(
            model, dictionaries, batch, metric="log-prob", method=method, steps=steps, baseline="zero"
        )
        return {
            site: (effects.features.token, effects.features.feature, effects.effect.abs())
            for site, effects in found.sites.items()
        }

    return _gather(dictionaries, examples, entries, last, batch_size, progress, "effects of features")


def feature_activations(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    *,
    last: int | None = None,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Representation:
    """Activation of every SAE feature, summed over positions (or over the `last` so many)."""

    @torch.no_grad()
    def entries(batch: Examples) -> dict[Site, tuple[Tensor, Tensor, Tensor]]:
        values = model.activations(batch.tokens, batch.mask, list(dictionaries))
        found = {}
        for site, dictionary in dictionaries.items():
            f = dictionary.encode(values[site]).masked_fill(
                ~batch.mask.to(values[site].device).unsqueeze(-1), 0
            )
            token, feature = f.flatten(0, 1).nonzero(as_tuple=True)
            found[site] = (token, feature, f.flatten(0, 1)[token, feature].abs())
        return found

    return _gather(dictionaries, examples, entries, last, batch_size, progress, "activations of features")


def _gather(
    dictionaries: Dictionaries,
    examples: Examples,
    entries: Callable[[Examples], dict[Site, tuple[Tensor, Tensor, Tensor]]],
    last: int | None,
    batch_size: int,
    progress: Progress | None,
    what: str,
) -> Representation:
    """Sum (token, feature, value) entries of every batch over positions into one sparse matrix."""
    if last is not None and last < 1:
        raise InputError(f"last {last}: no position is summed; give at least 1, or leave it out for all")
    sites = tuple(sorted(dictionaries))
    starts = np.cumsum([0, *(dictionaries[site].n_features for site in sites)])
    parts = []
    done = 0
    for batch in examples.batches(batch_size):
        rows, columns, values = [], [], []
        for site, (token, feature, value) in entries(batch).items():
            kept = slice(None) if last is None else token % batch.length >= batch.length - last
            rows.append((token[kept] // batch.length).cpu().numpy())
            columns.append(feature[kept].cpu().numpy() + starts[sites.index(site)])
            values.append(value[kept].float().cpu().numpy())
        place = (np.concatenate(rows), np.concatenate(columns))
        shape = (len(batch), int(starts[-1]))
        parts.append(scipy.sparse.coo_array((np.concatenate(values), place), shape=shape).tocsr())
        done += len(batch)
        if progress is not None:
            progress(done, len(examples), what)
    matrix = scipy.sparse.csr_array(scipy.sparse.vstack(parts, format="csr"))
    return Representation(matrix, sites, tuple(int(start) for start in starts[:-1]))

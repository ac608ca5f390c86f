"""A prediction by the features of all dictionaries: their activations, and the effects of each (App. H.2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from explorer_engine.attribution.choices import Method
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.behaviours.represent.positions import check_last
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import Site

__all__ = ["feature_activations", "linear_effects"]


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
) -> scipy.sparse.csr_array:
    """[n,ΣF] |linear effect| of each SAE feature on −log p(answer), zero ablation, summed over positions.

    Float32, sites side by side in order of depth. Absolute values before the sum, so that opposite effects at
    two positions do not hide each other. `last` sums over the last so many positions only (the published
    clusterings use 1, or all). First-order effects by default: one backward pass a batch; `method` "ig" for
    integrated gradients.
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
) -> scipy.sparse.csr_array:
    """[n,ΣF] activation of each SAE feature, summed over positions (or over the `last` so many); as above."""

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
) -> scipy.sparse.csr_array:
    """Sum (token, feature, value) entries of every batch over positions into one sparse matrix.

    Its indices have 32 bits, as k-means takes no others.
    """
    check_last(last)
    sites = tuple(sorted(dictionaries))
    starts = np.cumsum([0, *(dictionaries[site].n_features for site in sites)]).tolist()
    parts = []
    done = 0
    for batch in examples.batches(batch_size):
        rows, columns, values = [], [], []
        for site, (token, feature, value) in entries(batch).items():
            kept = slice(None) if last is None else token % batch.length >= batch.length - last
            rows.append((token[kept] // batch.length).int().cpu().numpy())
            columns.append((feature[kept] + starts[sites.index(site)]).int().cpu().numpy())
            values.append(value[kept].float().cpu().numpy())
        place = (np.concatenate(rows), np.concatenate(columns))
        shape = (len(batch), starts[-1])
        parts.append(scipy.sparse.coo_array((np.concatenate(values), place), shape=shape).tocsr())
        done += len(batch)
        if progress is not None:
            progress(done, len(examples), what)
    return scipy.sparse.csr_array(scipy.sparse.vstack(parts, format="csr"))

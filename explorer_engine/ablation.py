"""Removing features from a running model: they are set to zero, and the SAE error at their site is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.errors import InputError
from explorer_engine.sites import ERROR, FeatureRef, Site

__all__ = ["feature_edits", "zero_features"]


def zero_features(dictionary: Dictionary, x: Tensor, index: Tensor) -> Tensor:
    """The value without the features `index` [n]: x' = x − Σ_j f_j W_dec[j], [...,d] → [...,d].

    The same as decoding f with those entries at 0 and adding the error of the untouched reconstruction back
    (the paper, §4), but only those encoder rows are needed.
    """
    return x - dictionary.encode_some(x, index) @ dictionary.decoder[index]


def feature_edits(
    dictionaries: Dictionaries, refs: Iterable[FeatureRef]
) -> dict[Site, Callable[[Tensor], Tensor]]:
    """One edit a site, in order of depth, that zeroes all of `refs` there; for `activations_edited`.

    `SITE/error` removes the site's error: x' = x̂ of the features that stay. Raises InputError for a site
    without a dictionary and an index beyond its features.
    """
    chosen: dict[Site, set[int]] = defaultdict(set)
    errors: set[Site] = set()
    for ref in refs:
        if ref.site not in dictionaries:
            raise InputError(f"{ref}: there is no dictionary at {ref.site}: leave this feature out")
        if ref.index == ERROR:
            errors.add(ref.site)
            continue
        if ref.index >= dictionaries[ref.site].n_features:
            n = dictionaries[ref.site].n_features
            raise InputError(f"{ref}: the dictionary at {ref.site} has features 0 to {n - 1}")
        chosen[ref.site].add(ref.index)
    return {
        site: _edit(dictionaries[site], sorted(chosen[site]), site in errors)
        for site in sorted({*chosen, *errors})
    }


def _edit(dictionary: Dictionary, index: list[int], without_error: bool) -> Callable[[Tensor], Tensor]:
    kept = torch.tensor(index, dtype=torch.long, device=dictionary.device)

    def edit(x: Tensor) -> Tensor:
        if not without_error:
            return zero_features(dictionary, x, kept)
        f = dictionary.encode(x).clone()
        f[..., kept] = 0
        return dictionary.decode(f)

    return edit

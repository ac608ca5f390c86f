"""Removing features from a running model: they are set to zero or a given value, the SAE error is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.errors import InputError
from explorer_engine.sites import ERROR, FeatureRef, Site

__all__ = ["feature_edits", "set_features"]


def set_features(dictionary: Dictionary, x: Tensor, index: Tensor, to: Tensor | None = None) -> Tensor:
    """The value with the features `index` [n] at `to` [n], or at 0: x' = x + Σ_j (to_j − f_j) W_dec[j].

    [...,d] → [...,d]. The same as decoding f with those entries replaced and adding the error of the
    untouched reconstruction back (the paper, §4), but only those rows are needed.
    """
    f = dictionary.encode_some(x, index)
    change = -f if to is None else to - f
    return x + change @ dictionary.decoder[index].to(x)


def feature_edits(
    dictionaries: Dictionaries, refs: Iterable[FeatureRef], to: Mapping[FeatureRef, float] | None = None
) -> dict[Site, Callable[[Tensor], Tensor]]:
    """One edit a site, in order of depth, that ablates all of `refs` there; for `activations_edited`.

    Features are set to their value in `to`, and to zero where it is not given. `SITE/error` removes the
    site's error: x' = x̂ of the features that stay. Raises InputError for a site without a dictionary and an
    index beyond its features.
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
    edits = {}
    for site in sorted({*chosen, *errors}):
        index = sorted(chosen[site])
        values = None if to is None else [to.get(FeatureRef(site, j), 0.0) for j in index]
        edits[site] = _edit(dictionaries[site], index, values, site in errors)
    return edits


def _edit(
    dictionary: Dictionary, index: list[int], values: list[float] | None, without_error: bool
) -> Callable[[Tensor], Tensor]:
    changed = torch.tensor(index, dtype=torch.long, device=dictionary.device)

    def edit(x: Tensor) -> Tensor:
        to = None if values is None else torch.tensor(values, dtype=x.dtype, device=x.device)
        if not without_error:
            return set_features(dictionary, x, changed, to)
        f = dictionary.encode(x).clone()
        f[..., changed] = 0 if to is None else to
        return dictionary.decode(f)

    return edit

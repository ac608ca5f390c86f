"""The features of one site that matter, those active in clean or patch, as a list of entries."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.dictionaries import Dictionary
from explorer_engine.dictionaries.weighted import weighted_rows

__all__ = ["SiteFeatures", "site_features"]

_CHUNK = 1 << 23
"""Most numbers in a temporary of this module."""


@dataclass(frozen=True, eq=False)
class SiteFeatures:
    """Entries (token, feature) of one site, sorted by token; token = example · S + position."""

    token: Tensor
    """[n]"""
    feature: Tensor
    """[n]"""
    clean: Tensor
    """[n] activation in the clean run"""
    delta: Tensor
    """[n] patch − clean"""
    slope: Tensor
    """[n] the factor in ∂f_j/∂x = slope_j · ∂u_j/∂x (`Dictionary.slope`), in the clean run"""
    error_delta: Tensor | None
    """[B,S,d] change of the SAE error, patch − clean; None where the dictionary has no error"""


def site_features(dictionary: Dictionary, clean: Tensor, patch: Tensor | None, mask: Tensor) -> SiteFeatures:
    """Encode a site's clean and patch values [B,S,d] (None = zero baseline) where `mask` [B,S] is real."""
    where = mask.reshape(-1).nonzero().squeeze(1)
    flat = clean.reshape(-1, clean.shape[-1])
    flat_patch = None if patch is None else patch.reshape(-1, patch.shape[-1])
    size = max(1, _CHUNK // (2 * dictionary.n_features))
    parts = [_entries(dictionary, flat, flat_patch, tokens) for tokens in where.split(size)]
    token, feature, values, delta, slope = (torch.cat(part) for part in zip(*parts, strict=True))
    error = None
    if dictionary.has_error:
        change = dictionary.decoder_bias - flat if flat_patch is None else flat_patch - flat
        error = change - weighted_rows(dictionary.decoder, token, feature, delta, len(flat))
        error = (error * mask.reshape(-1, 1)).reshape(clean.shape)
    return SiteFeatures(token, feature, values, delta, slope, error)


def _entries(
    dictionary: Dictionary, clean: Tensor, patch: Tensor | None, tokens: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    x = clean[tokens]
    if patch is None:
        f, f_patch = dictionary.encode(x), None
    else:  # one product for both: a wide encoder is read from memory once
        f, f_patch = dictionary.encode(torch.cat([x, patch[tokens]])).chunk(2)
    active = f != 0
    if f_patch is not None:
        active |= f_patch != 0
    if dictionary.always_active:
        active[:] = True
    token, feature = active.nonzero(as_tuple=True)
    values = f[token, feature]
    delta = -values if f_patch is None else f_patch[token, feature] - values
    slope = dictionary.slope(x, f)[token, feature].to(f.dtype)
    return tokens[token], feature, values, delta, slope

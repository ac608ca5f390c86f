"""The features of one site that matter, those active in clean or patch, as a list of entries."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer_engine.dictionaries import Dictionary, IdentityDictionary

__all__ = ["SiteFeatures", "project", "site_features", "weighted_rows"]

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
    """[n] the factor in ∂f_j/∂x = slope_j · encoder[j], in the clean run"""
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
    if isinstance(dictionary, IdentityDictionary):
        active[:] = True  # a neuron at 0 still has a derivative; a feature at 0 has none
    token, feature = active.nonzero(as_tuple=True)
    values = f[token, feature]
    delta = -values if f_patch is None else f_patch[token, feature] - values
    slope = dictionary.slope(x, f)[token, feature].to(f.dtype)
    return tokens[token], feature, values, delta, slope


def weighted_rows(matrix: Tensor, token: Tensor, row: Tensor, weight: Tensor, n_tokens: int) -> Tensor:
    """[n_tokens,d]: for each token the sum of weight · matrix[row] over its entries (sorted by token)."""
    starts = torch.searchsorted(token.contiguous(), torch.arange(n_tokens, device=token.device))
    return functional.embedding_bag(
        row, matrix, starts, mode="sum", per_sample_weights=weight.to(matrix.dtype)
    )


def project(dictionary: Dictionary, gradient: Tensor, token: Tensor, feature: Tensor) -> Tensor:
    """[n]: the derivative by each entry's feature, W_dec[feature] · gradient[token], for `gradient` [T,d]."""
    if isinstance(dictionary, IdentityDictionary):
        return gradient[token, feature]
    # the derivative of a weighted sum of rows by its weights is what is wanted, without gathering rows
    with torch.enable_grad():
        weight = gradient.new_zeros(len(token), requires_grad=True)
        sums = weighted_rows(dictionary.decoder, token, feature, weight, len(gradient))
        return torch.autograd.grad(sums, weight, gradient)[0]

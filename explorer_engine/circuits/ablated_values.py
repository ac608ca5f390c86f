"""What ablated nodes are set to: the mean over prompts at each position, zero, or another prompt's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.circuits.options import Ablation
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, Dictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["AblatedValues", "ablated_values"]

_CHUNK = 1 << 23
"""Most numbers in one piece of feature activations."""


@dataclass(frozen=True, eq=False)
class AblatedValues:
    """Values at one site; leading axes broadcast against [K,B,S]."""

    value: Tensor
    """[…,d] the site's value with every node ablated"""
    features: Tensor
    """[…,n] the ablated value of the features asked for"""
    error: Tensor
    """[…,d] the ablated value of the SAE error"""

    def of(self, rows: slice) -> AblatedValues:
        """The values of some of the examples; the same where they do not depend on the example."""
        if self.value.ndim < 3:
            return self
        return AblatedValues(self.value[rows], self.features[rows], self.error[rows])


@torch.no_grad()
def ablated_values(
    model: LanguageModel,
    dictionaries: Dictionaries,
    features: Mapping[Site, Tensor],
    examples: Examples,
    reference: Examples,
    ablation: Ablation,
    seed: int,
) -> dict[Site, AblatedValues]:
    """The ablated values at every site of `dictionaries`, of the features [n] named for it.

    `mean`: over the reference prompts with a real token at the position. `resample`: each example takes
    all values of one reference prompt that is at least as long. Raises InputError for prompts of another
    length.
    """
    if ablation == "zero":
        return {site: _zero(dictionary, features[site]) for site, dictionary in dictionaries.items()}
    if reference.length != examples.length:
        raise InputError(
            f"reference prompts have {reference.length} tokens, the examples {examples.length}: "
            "positions do not correspond; give prompts of the same length"
        )
    donors = _donors(examples, reference, seed) if ablation == "resample" else None
    values = model.activations(reference.tokens, reference.mask, dictionaries)
    weight = reference.mask.to(model.dtype).unsqueeze(-1)
    weight = weight / weight.sum(0).clamp_min(1)

    def settle(x: Tensor) -> Tensor:
        return (x * weight).sum(0) if donors is None else x[donors]

    out = {}
    for site, dictionary in dictionaries.items():
        x = values[site]
        error = settle(_errors(dictionary, x)) if dictionary.has_error else torch.zeros_like(x[0])
        out[site] = AblatedValues(settle(x), settle(dictionary.encode_some(x, features[site])), error)
    return out


def _zero(dictionary: Dictionary, features: Tensor) -> AblatedValues:
    bias = dictionary.decoder_bias
    return AblatedValues(bias, bias.new_zeros(len(features)), torch.zeros_like(bias))


def _errors(dictionary: Dictionary, x: Tensor) -> Tensor:
    """ε = x − x̂ [B,S,d], encoded in pieces."""
    flat = x.reshape(-1, x.shape[-1])
    pieces = flat.split(max(1, _CHUNK // dictionary.n_features))
    return torch.cat([piece - dictionary.decode(dictionary.encode(piece)) for piece in pieces]).reshape(
        x.shape
    )


def _donors(examples: Examples, reference: Examples, seed: int) -> Tensor:
    """[B]: for each example a reference prompt that has a real token wherever the example has one."""
    covers = (reference.mask[None] | ~examples.mask[:, None]).all(-1)
    if not bool(covers.any(1).all()):
        raise InputError(
            "resample: a prompt is longer than every reference prompt: give longer ones, or use mean"
        )
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.multinomial(covers.float().cpu(), 1, generator=generator).squeeze(1).to(examples.tokens.device)
    )

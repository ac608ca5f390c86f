"""A dictionary with a normalised input: the published kind that is not affine in x."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import torch
from torch import Tensor

from explorer_engine.dictionaries import Dictionary

__all__ = ["NormalisedDictionary"]


class NormalisedDictionary(Dictionary):
    """z = (x − mean x) / σ(x), a = ReLU(W_enc z + b_enc), x̂ = σ(x)·(a·W_dec + b_dec) + mean x.

    As a dictionary of the engine: features f = (σ·a, σ, mean x), decoded by the rows (W_dec, b_dec, 1). Their
    pre-activations are u = encoder·x + σ(x)·share, since W_enc z·σ = W_enc (x − mean x).
    """

    kind: ClassVar[str] = "normalised"

    def __init__(self, w_enc: Tensor, b_enc: Tensor, w_dec: Tensor, b_dec: Tensor) -> None:
        n, width = w_enc.shape
        centred = w_enc - w_enc.mean(1, keepdim=True)
        mean = w_enc.new_full((1, width), 1 / width)
        self.n_learned = n
        self.encoder = torch.cat([centred, torch.zeros_like(mean), mean])
        self.share = torch.cat([b_enc, b_enc.new_tensor([1.0, 0.0])])
        self.decoder = torch.cat([w_dec, b_dec[None], torch.ones_like(mean)])
        self.decoder_bias = torch.zeros_like(b_dec)

    def encode(self, x: Tensor) -> Tensor:
        return self._active(x @ self.encoder.T + _scale(x)[..., None] * self.share)

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        return self.encode(x)[..., index]

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return torch.cat([f[..., : self.n_learned] > 0, torch.ones_like(f[..., self.n_learned :])], -1).to(f)

    def pull_back(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        by_scale = x.new_zeros(len(x)).index_add_(0, token, strength * self.share[feature])
        return super().pull_back(x, token, feature, strength) + by_scale[:, None] * _scale_gradient(x)

    def pull_back_each(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        share = self.share[feature].reshape(-1, *[1] * (strength.ndim - 1))
        by_scale = (strength * share)[..., None] * _scale_gradient(x)[token]
        return super().pull_back_each(x, token, feature, strength) + by_scale

    def state(self) -> dict[str, Tensor]:
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        raise NotImplementedError

    @classmethod
    def restore(cls, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Self:
        raise NotImplementedError

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        raise NotImplementedError

    def _active(self, u: Tensor) -> Tensor:
        return torch.cat([u[..., : self.n_learned].relu(), u[..., self.n_learned :]], -1)


def _scale(x: Tensor) -> Tensor:
    return (x.var(-1, correction=0) + 1e-5).sqrt()


def _scale_gradient(x: Tensor) -> Tensor:
    return (x - x.mean(-1, keepdim=True)) / x.shape[-1] / _scale(x)[..., None]

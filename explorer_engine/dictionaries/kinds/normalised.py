"""Dictionaries of normalised inputs: any learned kind, on x brought to a standard mean and length."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Literal, Self

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary, TensorDictionary
from explorer_engine.dictionaries.registry import class_of, register
from explorer_engine.dictionaries.weighted import row_products, weighted_rows
from explorer_engine.errors import InputError

__all__ = ["EXTRA_FEATURES", "Norm", "NormalisedDictionary"]

Norm = Literal["layer", "length"]
EXTRA_FEATURES: Mapping[str, int] = {"layer": 2, "length": 1}
"""Features that a norm adds to the learned ones: the scale, and the mean where it is taken away."""
_EPSILON: Mapping[str, float] = {"layer": 1e-5, "length": 0.0}
"""What the scale that x is divided by has more than the one that x̂ is multiplied by."""


@register
class NormalisedDictionary(Dictionary):
    """f = (σ·a, σ, m), a the activations of an inner dictionary at z = (x − m)/(σ + ε), x̂ = σ·(a·W + b) + m.

    With the norm `layer` m is the mean of x and σ its standard deviation (over d − 1), with `length` m = 0
    and σ = ‖x‖/√d, and there is no feature m. A learned feature's pre-activation is u_j = σ·(e_j·z + c_j).
    """

    kind: ClassVar[str] = "normalised"

    def __init__(self, inner: TensorDictionary, norm: Norm, decoder: Tensor) -> None:
        """`decoder` is that of all features; its first rows are the inner dictionary's."""
        self.inner, self.n_learned = inner, inner.n_features
        self.norm: Norm = norm
        self.encoder, self.decoder = inner.encoder, decoder
        self.decoder_bias = torch.zeros_like(inner.decoder_bias)

    @classmethod
    def around(cls, inner: TensorDictionary, norm: Norm, decoder: Tensor) -> Self:
        """As made by the constructor; rows of `decoder` after the inner dictionary's are set here."""
        decoder[inner.n_features] = inner.decoder_bias
        decoder[inner.n_features + 1 :] = 1
        return cls(inner, norm, decoder)

    def encode(self, x: Tensor) -> Tensor:
        z, scale, mean = self._normalised(x)
        return torch.cat([scale * self.inner.encode(z), *self._extra(scale, mean)], -1)

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        z, scale, mean = self._normalised(x)
        learned = scale * self.inner.encode_some(z, index.clamp_max(self.n_learned - 1))
        extra = torch.cat(self._extra(scale, mean), -1)[..., (index - self.n_learned).clamp_min(0)]
        return torch.where(index < self.n_learned, learned, extra)

    def only(self, index: Tensor) -> tuple[Self, Tensor] | None:
        is_learned = index < self.n_learned
        learned = index[is_learned] if bool(is_learned.any()) else index.new_zeros(1)
        if (inner := self.inner.only(learned)) is None:
            return None
        decoder = torch.cat([self.decoder[learned], self.decoder[self.n_learned :]])
        at = torch.where(is_learned, is_learned.cumsum(0) - 1, index - self.n_learned + len(learned))
        return type(self)(inner[0], self.norm, decoder), at

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        learned, extra = f.split([self.n_learned, EXTRA_FEATURES[self.norm]], -1)
        return torch.cat([self.inner.slope(self._normalised(x)[0], learned), torch.ones_like(extra)], -1)

    def pull_back(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        z, scale, _ = self._normalised(x)
        own, ratio = feature.clamp_max(self.n_learned - 1), self._ratio(scale)[token].squeeze(-1)
        learned = strength * (feature < self.n_learned)
        read = row_products(self.encoder, z, token, own)
        by_scale = learned * self._by_scale(read, own, ratio) + strength * (feature == self.n_learned)
        by_mean = strength * (feature > self.n_learned)
        directions = self._directions(weighted_rows(self.encoder, token, own, learned * ratio, len(x)))
        sums = torch.zeros(2, len(x), 1, dtype=x.dtype, device=x.device)
        sums[0].index_add_(0, token, by_scale[:, None])
        sums[1].index_add_(0, token, by_mean[:, None])
        return directions + sums[0] * self._scale_gradient(x) + sums[1] / self.width

    def pull_back_each(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        z, scale, _ = self._normalised(x)
        feature = feature.reshape(-1, *[1] * (strength.ndim - 1))
        own, ratio = feature.clamp_max(self.n_learned - 1), self._ratio(scale)[token]
        rows = self.encoder[own]
        read = (z[token] * rows).sum(-1)
        by_scale = torch.where(
            feature < self.n_learned,
            self._by_scale(read, own, ratio.squeeze(-1)),
            (feature == self.n_learned).to(x.dtype),
        )
        own_direction = ratio * self._directions(rows) * (feature < self.n_learned)[..., None]
        by_mean = (feature > self.n_learned)[..., None] / self.width
        each = own_direction + by_scale[..., None] * self._scale_gradient(x)[token] + by_mean
        return strength[..., None] * each

    def state(self) -> dict[str, Tensor]:
        inner = self.inner.state()
        del inner["decoder_bias"]  # a row of the decoder
        return {**inner, "decoder": self.decoder}

    def settings(self) -> dict[str, str]:
        return {**self.inner.settings(), "inner": self.inner.kind, "norm": self.norm}

    @classmethod
    def restore(cls, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Self:
        inner, decoder = class_of(settings["inner"]), state["decoder"]
        norm: Norm = "layer" if settings["norm"] == "layer" else "length"
        if norm != settings["norm"] or not issubclass(inner, TensorDictionary):
            raise ValueError(f"kind {inner.kind} with the norm {settings['norm']}")
        n = len(decoder) - EXTRA_FEATURES[norm] if decoder.ndim == 2 else 0
        if n < 1:
            raise InputError(f"decoder has the shape {tuple(decoder.shape)}: write the file again")
        own = {**state, "decoder": decoder[:n], "decoder_bias": decoder[n]}
        return cls(inner.restore(own, settings), norm, decoder)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        state = {name: tensor.to(device=device, dtype=dtype) for name, tensor in self.state().items()}
        return type(self).restore(state, self.settings())

    @cached_property
    def _constant(self) -> Tensor:
        """[F]: c, what the pre-activations have besides e_j·z."""
        return self.inner.offset() - (self.encoder @ self.inner.decoder_bias if self.inner.tied else 0)

    def _by_scale(self, read: Tensor, feature: Tensor, ratio: Tensor) -> Tensor:
        """∂u/∂σ of learned features whose e·z is `read`, where e·(x − m) is held."""
        return (1 - ratio) * read + self._constant[feature]

    def _normalised(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """z [...,d], σ and m [...,1]."""
        if self.norm == "layer":
            mean, scale = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
        else:
            mean, scale = torch.zeros_like(x[..., :1]), x.norm(dim=-1, keepdim=True) / self.width**0.5
        scale = scale.clamp_min(torch.finfo(x.dtype).tiny)  # z = 0 where x is constant
        return (x - mean) / (scale + _EPSILON[self.norm]), scale, mean

    def _ratio(self, scale: Tensor) -> Tensor:
        return scale / (scale + _EPSILON[self.norm])

    def _extra(self, scale: Tensor, mean: Tensor) -> list[Tensor]:
        return [scale, mean][: EXTRA_FEATURES[self.norm]]

    def _directions(self, rows: Tensor) -> Tensor:
        """What is left of directions [...,d] where the mean is taken away."""
        return rows - rows.mean(-1, keepdim=True) if self.norm == "layer" else rows

    def _scale_gradient(self, x: Tensor) -> Tensor:
        """[...,d]: ∂σ/∂x."""
        _, scale, mean = self._normalised(x)
        return (x - mean) / scale / (self.width - 1 if self.norm == "layer" else self.width)

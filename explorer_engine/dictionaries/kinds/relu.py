"""The standard sparse autoencoder: one ReLU layer, with the pre-encoder bias tied to b_dec or absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import linear, relu

from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.registry import register

__all__ = ["ReluDictionary"]

_FEW_TOKENS, _PIECE = 128, 1024


@register
@dataclass(frozen=True, eq=False, repr=False)
class ReluDictionary(TensorDictionary):
    """f = ReLU(W_enc (x − b_dec) + b_enc) when `tied` (the paper, App. B), else f = ReLU(W_enc x + b_enc)."""

    kind: ClassVar[str] = "relu"
    separable: ClassVar[bool] = True

    tied: bool = True
    """Whether b_dec is subtracted from x before encoding."""

    def encode(self, x: Tensor) -> Tensor:
        x = self.centred(x)
        if x.numel() > _FEW_TOKENS * self.width:
            return linear(x, self.encoder.to(x), self.encoder_bias.to(x)).relu_()
        # few tokens, wide encoder: pieces that stay in the processor's cache are a quarter faster
        pieces = zip(self.encoder.split(_PIECE), self.encoder_bias.split(_PIECE), strict=True)
        return torch.cat([linear(x, rows.to(x), bias.to(x)).relu_() for rows, bias in pieces], dim=-1)

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        return relu(linear(self.centred(x), self.encoder[index].to(x), self.encoder_bias[index].to(x)))

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return (f > 0).to(f.dtype)

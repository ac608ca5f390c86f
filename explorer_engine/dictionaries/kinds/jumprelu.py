"""JumpReLU dictionaries: a pre-activation counts only above its feature's own threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import linear

from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.registry import register

__all__ = ["JumpReluDictionary"]


@register
@dataclass(frozen=True, eq=False, repr=False)
class JumpReluDictionary(TensorDictionary):
    """f = ReLU(z)·1[z > θ] with z = W_enc x + b_enc; Gemma Scope's kind (Rajamanoharan et al. 2024)."""

    kind: ClassVar[str] = "jumprelu"
    separable: ClassVar[bool] = True

    threshold: Tensor
    """[F]: θ."""
    tied: bool = False
    """Whether b_dec is subtracted from x before encoding."""

    def encode(self, x: Tensor) -> Tensor:
        z = linear(self.centred(x), self.encoder.to(x), self.encoder_bias.to(x))
        return _jump(z, self.threshold.to(x))

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        z = linear(self.centred(x), self.encoder[index].to(x), self.encoder_bias[index].to(x))
        return _jump(z, self.threshold[index].to(x))

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return (f > 0).to(f.dtype)


def _jump(z: Tensor, threshold: Tensor) -> Tensor:
    return z.relu() * (z > threshold)

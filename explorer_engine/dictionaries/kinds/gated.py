"""Gated dictionaries: one bias decides which features are on, another by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import linear

from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.registry import register

__all__ = ["GatedDictionary"]


@register
@dataclass(frozen=True, eq=False, repr=False)
class GatedDictionary(TensorDictionary):
    """f = 1[u + b_gate > 0] · ReLU(exp(r)·u + b_mag), u = W_enc (x − b_dec) (Rajamanoharan et al. 2024).

    Without `tied` b_dec is not subtracted. `encoder_bias` is b_mag, the bias of the magnitude.
    """

    kind: ClassVar[str] = "gated"
    separable: ClassVar[bool] = True

    gate_bias: Tensor
    """[F]: b_gate."""
    magnitude: Tensor
    """[F]: r, the logarithm of the magnitude's scale."""
    tied: bool = True
    """Whether b_dec is subtracted from x before encoding."""

    def encode(self, x: Tensor) -> Tensor:
        u = linear(self.centred(x), self.encoder.to(x))
        return _gate(u, self.gate_bias.to(x), self.magnitude.to(x), self.encoder_bias.to(x))

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        u = linear(self.centred(x), self.encoder[index].to(x))
        rows = (self.gate_bias[index], self.magnitude[index], self.encoder_bias[index])
        return _gate(u, *(row.to(x) for row in rows))

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        # f > 0 says both: the gate is open and the magnitude is positive
        return (f > 0) * self.magnitude.exp()

    def offset(self) -> Tensor:
        return self.encoder_bias / self.magnitude.exp()


def _gate(u: Tensor, gate_bias: Tensor, magnitude: Tensor, bias: Tensor) -> Tensor:
    return (u + gate_bias > 0) * (magnitude.exp() * u + bias).relu()

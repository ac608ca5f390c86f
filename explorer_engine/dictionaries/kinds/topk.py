"""TopK and BatchTopK dictionaries: few features at a time by construction, not by a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import linear, relu

from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.registry import register
from explorer_engine.errors import InputError

__all__ = ["BatchTopKDictionary", "TopKDictionary"]


@register
@dataclass(frozen=True, eq=False, repr=False)
class TopKDictionary(TensorDictionary):
    """f = the k largest of ReLU(W_enc (x − b_dec) + b_enc), the others 0 (Gao et al. 2024).

    Without `tied` b_dec is not subtracted.
    Features cannot be rescaled one by one (it would change which are largest): decoder rows stay as they are.
    """

    kind: ClassVar[str] = "topk"

    k: int
    """How many features may be active at a position."""
    tied: bool = True
    """Whether b_dec is subtracted from x before encoding."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.k <= self.n_features:
            raise InputError(
                f"k is {self.k} but the dictionary has {self.n_features} features: expected 1 ≤ k ≤ features"
            )

    def encode(self, x: Tensor) -> Tensor:
        z = relu(linear(self.centred(x), self.encoder.to(x), self.encoder_bias.to(x)))
        values, index = z.topk(self.k, dim=-1, sorted=False)
        return torch.zeros_like(z).scatter(-1, index, values)

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        return self.encode(x)[..., index]

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return (f > 0).to(f.dtype)


@register
@dataclass(frozen=True, eq=False, repr=False)
class BatchTopKDictionary(JumpReluDictionary):
    """Trained on the k·B largest of a batch, used with one threshold θ learned for it (Bussmann et al. 2024).

    f = ReLU(z)·1[z > θ], z = W_enc (x − b_dec) + b_enc: at inference a JumpReLU whose threshold [F] is the
    same for every feature until decoder rows are rescaled.
    """

    kind: ClassVar[str] = "batchtopk"

    tied: bool = True

"""The identity dictionary: features are the site's own dimensions (neurons), and nothing is left as error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.registry import register

__all__ = ["IdentityDictionary"]


@register
class IdentityDictionary(Dictionary):
    """f = x, x̂ = x, ε = 0: the neurons that the paper compares with.

    `encoder` and `decoder` are identity matrices for code that indexes rows; encode and decode never multiply
    by them.
    """

    kind: ClassVar[str] = "identity"
    has_error: ClassVar[bool] = False
    always_active: ClassVar[bool] = True

    def __init__(
        self, width: int, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
    ) -> None:
        self.encoder = self.decoder = torch.eye(width, dtype=dtype, device=device)
        self.decoder_bias = torch.zeros(width, dtype=dtype, device=device)

    def encode(self, x: Tensor) -> Tensor:
        return x

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        return x[..., index]

    def decode(self, f: Tensor) -> Tensor:
        return f

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return torch.ones_like(f)

    def project(self, gradient: Tensor, token: Tensor, feature: Tensor) -> Tensor:
        return gradient[token, feature]

    def state(self) -> dict[str, Tensor]:
        return {}

    def settings(self) -> dict[str, str]:
        return {"width": str(self.width)}

    @classmethod
    def restore(cls, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Self:
        return cls(int(settings["width"]))

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        return type(self)(self.width, dtype or self.dtype, device or self.device)

"""What every dictionary (sparse autoencoder) can do, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from explorer_engine.dictionaries.weighted import row_products, weighted_rows
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["Dictionaries", "Dictionary"]


class Dictionary(ABC):
    """One dictionary: plain tensors and a few pure functions, no parameters, no autograd state of its own.

    Encoding and decoding are done in the number type of what they are given, on its device; a dictionary that
    is mapped from a file (`map_dictionaries`) has the file's type, and only what is used of it is read.

    Notation of the paper: x̂ = f·W_dec + b_dec, error ε = x − x̂. Decoding is affine in every kind, with f in
    the site's own units. Feature j follows a pre-activation u_j: where the set of active features does not
    change, ∂f_j/∂x = slope_j · ∂u_j/∂x. Here ∂u_j/∂x = encoder[j] whatever x is; a kind whose input is
    normalised differs in `pull_back` and `pull_back_each`. If z = (x − mean x) / σ and the published
    x̂ = σ·(a·W + b) + mean x, then f = (σ·a, σ, mean x), decoded by the rows (W, b, 1), is of this form
    (`kinds/normalised.py`).
    """

    kind: ClassVar[str]
    """The name a file carries: one word, in lower case."""

    has_error: ClassVar[bool] = True
    """False where x̂ = x always (identity): such a site has no error node."""

    always_active: ClassVar[bool] = False
    """True where a feature at 0 has a derivative like any other (identity: a neuron)."""

    encoder: Tensor
    """[F,d]: row j is the direction that feature j reads."""

    decoder: Tensor
    """[F,d]: row j is the direction that feature j writes."""

    decoder_bias: Tensor
    """[d]: the reconstruction when nothing is active."""

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Feature activations: [...,d] → [...,F]."""

    @abstractmethod
    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        """Activations of the features `index` [n] only: [...,d] → [...,n]; the same numbers as `encode`.

        Touches only those encoder rows, except in TopK, where all pre-activations decide who is kept.
        """

    @abstractmethod
    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        """[...,F]: the factor in ∂f_j/∂x = slope_j · ∂u_j/∂x, at `x` [...,d] with `f` = encode(x)."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """The tensors that define it, by name, as a file stores them."""

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """What defines it besides tensors (a k, a flag), as strings, as a file stores them."""

    @classmethod
    @abstractmethod
    def restore(cls, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Self:
        """The inverse of `state` and `settings`; a missing name is a KeyError."""

    @abstractmethod
    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        """The same dictionary on another device or in another floating point type."""

    def only(self, index: Tensor) -> tuple[Self, Tensor] | None:
        """A dictionary with no more than the features `index` [n] need, and at which numbers [n] it has them.

        Their activations and decoder rows stay what they are; others are gone, so x̂ is another. None where
        an activation hangs on other features too, and where the kind does not say that it does not.
        """
        return None

    def decode(self, f: Tensor) -> Tensor:
        """The reconstruction x̂ = f·W_dec + b_dec: [...,F] → [...,d]."""
        return f @ self.decoder.to(f) + self.decoder_bias.to(f)

    def pull_back(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        """[T,d]: at each token of `x` [T,d] the sum of strength · ∂u_feature/∂x over its entries.

        Entries [n] are sorted by token. With strength = slope · ∂m/∂f it is the cotangent ∂m/∂x of encoding.
        """
        return weighted_rows(self.encoder, token, feature, strength, len(x))

    def pull_back_each(self, x: Tensor, token: Tensor, feature: Tensor, strength: Tensor) -> Tensor:
        """[n,...,d]: strength · ∂u_feature/∂x for each `feature` [n] by itself, at tokens of `x` [T,d].

        `strength` is [n,...], `token` broadcasts to it.
        """
        rows = self.encoder[feature]
        return strength[..., None] * rows.reshape(len(rows), *[1] * (strength.ndim - 1), self.width)

    def project(self, gradient: Tensor, token: Tensor, feature: Tensor) -> Tensor:
        """[n]: ∂m/∂f of each entry (token, feature) [n], W_dec[feature] · gradient[token], of ∂m/∂x̂ [T,d].

        Entries are sorted by token.
        """
        return row_products(self.decoder, gradient, token, feature)

    @property
    def n_features(self) -> int:
        """Number of features F."""
        return self.decoder.shape[0]

    @property
    def width(self) -> int:
        """Width d of the site it reads."""
        return self.decoder.shape[1]

    @property
    def dtype(self) -> torch.dtype:
        """The number type of its tensors."""
        return self.decoder_bias.dtype

    @property
    def device(self) -> torch.device:
        """Where its tensors lie."""
        return self.decoder_bias.device

    def __repr__(self) -> str:
        return f"{type(self).__name__}(width={self.width}, n_features={self.n_features}, dtype={self.dtype})"


Dictionaries = Mapping[Site, Dictionary]
"""Dictionaries by site; sites without one are allowed."""


@dataclass(frozen=True, eq=False, repr=False)
class TensorDictionary(Dictionary):
    """The common part of the learned kinds: tensor fields are the state, the other fields settings."""

    encoder: Tensor
    """[F,d]"""
    encoder_bias: Tensor
    """[F]"""
    decoder: Tensor
    """[F,d]"""
    decoder_bias: Tensor
    """[d]"""

    tied = False
    """Whether b_dec is subtracted from x before encoding; a field in kinds that come both ways."""

    separable: ClassVar[bool] = False
    """Whether a feature's activation hangs on its own row of every tensor, and on `decoder_bias`, alone."""

    def __post_init__(self) -> None:
        if self.encoder.ndim != 2 or self.decoder.shape != self.encoder.shape:
            raise InputError(
                f"encoder {tuple(self.encoder.shape)} and decoder {tuple(self.decoder.shape)} must have one "
                "shape [features, width]: write the file again"
            )
        for name, value in self.state().items():
            if not value.is_floating_point():
                raise InputError(f"{name} holds {value.dtype}, not real numbers: write the file again")
            expected = {"encoder": None, "decoder": None, "decoder_bias": self.width}.get(
                name, self.n_features
            )
            if expected is not None and value.shape != (expected,):
                raise InputError(
                    f"{name} has the shape {tuple(value.shape)}, expected ({expected},): write the file again"
                )

    def state(self) -> dict[str, Tensor]:
        return {name: value for name, value in self._values().items() if isinstance(value, Tensor)}

    def settings(self) -> dict[str, str]:
        return {name: str(value) for name, value in self._values().items() if not isinstance(value, Tensor)}

    @classmethod
    def restore(cls, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Self:
        values: dict[str, Any] = {}
        for field in fields(cls):
            if field.type == "Tensor":
                values[field.name] = state[field.name]
            elif field.name in settings or field.default is MISSING:
                values[field.name] = _setting(field.type, field.name, settings[field.name])
        return cls(**values)

    def only(self, index: Tensor) -> tuple[Self, Tensor] | None:
        if not self.separable:
            return None
        rows = {name: t[index] for name, t in self.state().items() if name != "decoder_bias"}
        return replace(self, **rows), torch.arange(len(index))

    def centred(self, x: Tensor) -> Tensor:
        """What the encoder's rows read of x."""
        return x - self.decoder_bias.to(x) if self.tied else x

    def offset(self) -> Tensor:
        """[F]: what an active feature's pre-activation has besides encoder · centred(x)."""
        return self.encoder_bias

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Self:
        return replace(self, **{name: t.to(device=device, dtype=dtype) for name, t in self.state().items()})

    def _values(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _setting(type_: Any, name: str, text: str) -> int | bool:
    """The value of a setting that a file has as text; raises ValueError for one of another type."""
    if type_ == "int":
        return int(text)
    if text not in ("True", "False"):
        raise ValueError(f"{name} is {text!r}, expected True or False")
    return text == "True"

"""How much work a stage is, in units whose cost is measured: what `precompute plan` adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from explorer_engine.sites import Site

__all__ = ["Shape", "Work"]


@dataclass(frozen=True)
class Shape:
    """How large a world's parts are."""

    parameters: int
    """Of the model."""
    layers: int
    width: int
    """Of the residual stream."""
    vocabulary: int
    window: int
    """Tokens of a document."""
    documents: int
    """Windows that features and behaviours are looked for in."""
    tests: int
    """Windows that figures are measured on."""
    dictionaries: Mapping[Site, tuple[int, int]]
    """Site → its width and its features."""

    @property
    def tokens(self) -> int:
        """Of the documents."""
        return self.documents * self.window

    @property
    def features(self) -> int:
        """Of all dictionaries."""
        return sum(features for _, features in self.dictionaries.values())

    @property
    def weights(self) -> int:
        """Of the encoders of all dictionaries: as many multiplications encode a token."""
        return sum(width * features for width, features in self.dictionaries.values())


@dataclass(frozen=True)
class Work:
    """What a stage does, counted."""

    learnt: float = 0
    """Characters that a tokenizer learns from."""
    packed: float = 0
    """Tokens made of text."""
    forward: float = 0
    """Tokens through the model."""
    gradient: float = 0
    """Tokens through the model and back."""
    encoded: float = 0
    """Tokens through the encoders of all dictionaries."""
    trained: int = 0
    """Steps of the language model's optimiser."""
    fitted: Mapping[Site, int] = field(default_factory=dict)
    """Steps of each dictionary's optimiser."""
    seconds: float = 0
    """Of one core, where they were measured once and for all."""
    memory: float = 0
    """Bytes at once, besides those of a process with model and dictionaries."""
    disk: float = 0
    """Bytes that stay."""

    def times(self, n: int) -> Work:
        """The same again and again, with the model and its dictionaries as they are."""
        return replace(self, forward=n * self.forward, gradient=n * self.gradient, encoded=n * self.encoded)

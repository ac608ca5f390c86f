"""What decides a small language model that is trained from nothing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LanguageModelOptions"]


@dataclass(frozen=True)
class LanguageModelOptions:
    """Everything that decides the trained weights, besides the windows."""

    family: str = "gpt-neox"
    """gpt-neox, gpt2 or llama."""
    layers: int = 4
    """Blocks of attention and MLP."""
    width: int = 128
    """Of the residual stream."""
    heads: int = 4
    """Of an attention layer."""
    mlp: int = 512
    """Neurons of an MLP."""
    vocabulary: int = 2816
    """Tokens of the embedding: at least the tokenizer's."""
    window: int = 128
    """Tokens of a training window."""
    batch: int = 16
    """Windows of an optimiser step."""
    steps: int = 4500
    """Optimiser steps, each of `batch` windows."""
    learning_rate: float = 3e-3
    """The highest, after the warm-up."""
    warm_up: int = 100
    """Steps."""
    weight_decay: float = 0.05
    """Of matrices, by AdamW."""
    seed: int = 0
    """Of the first weights, and of the order of windows that are used more than once."""

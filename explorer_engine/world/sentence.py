"""A feature on a sentence of one's own: the model runs up to the feature's site."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import FeatureRef

__all__ = ["LONGEST", "Sentence", "read_sentence"]

LONGEST = 128
"""Tokens of a sentence that are read; what comes after is left out."""


@dataclass(frozen=True)
class Sentence:
    """A text as the model reads it, and one feature's activation on each of its tokens."""

    tokens: tuple[str, ...]
    activations: tuple[float, ...]

    @property
    def maximum(self) -> float:
        """The largest activation; 0 = the feature is not active."""
        return max(self.activations)


def read_sentence(model: LanguageModel, dictionary: Dictionary, ref: FeatureRef, text: str) -> Sentence:
    """The activation of the feature `ref` of `dictionary` on every token of `text`.

    Raises InputError for an empty text, for what is no feature of the dictionary, and for one whose weights
    are NaN or Inf.
    """
    if not isinstance(ref.index, int) or ref.index >= dictionary.n_features:
        raise InputError(
            f"{ref}: not a feature: the dictionary at {ref.site} has {dictionary.n_features:,} of them"
        )
    ids = model.tokenizer(text).input_ids[:LONGEST]
    if not ids:
        raise InputError("the sentence is empty: write a few words")
    tokens = torch.tensor([ids])
    mask = torch.ones_like(tokens, dtype=torch.bool)
    value = model.activations(tokens, mask, [ref.site])[ref.site]  # type: ignore[arg-type]
    index = torch.tensor([ref.index], device=dictionary.device)
    active = dictionary.encode_some(value, index)[0, :, 0]
    if not bool(torch.isfinite(active).all()):
        raise InputError(f"{ref} has NaN or Inf in its weights: write the dictionary again")
    return Sentence(tuple(model.tokenizer.decode([i]) for i in ids), tuple(active.tolist()))

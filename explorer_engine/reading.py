"""A feature on a sentence of one's own: the model runs up to the feature's site."""

from __future__ import annotations

import torch

from explorer_engine.dictionaries import Dictionary, load_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.values import TokenStrip
from explorer_engine.store.world import World

__all__ = ["LONGEST", "SentenceReader"]

LONGEST = 128
"""Tokens of a sentence that are read; what comes after is left out."""


class SentenceReader:
    """Reads sentences with the model of a world; model and dictionaries load when first asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._model: LanguageModel | None = None
        self._dictionaries: dict[Site, Dictionary] = {}

    def read(self, ref: FeatureRef, text: str) -> TokenStrip:
        """The activation of a feature on every token of `text`.

        Raises InputError for an empty text, for what is no feature of the dictionary, and for a world without
        its model.
        """
        if self._model is None:
            self._model = load_model(self._world.model, device="cpu")
        model, dictionary = self._model, self._dictionary(ref.site)
        if not isinstance(ref.index, int) or ref.index >= dictionary.n_features:
            raise InputError(f"{ref}: not a feature of this world; the Features page lists those")
        ids = model.tokenizer(text).input_ids[:LONGEST]
        if not ids:
            raise InputError("the sentence is empty: write a few words")
        tokens = torch.tensor([ids])
        value = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [ref.site])[ref.site]
        active = dictionary.encode_some(value, torch.tensor([ref.index]))[0, :, 0].tolist()
        peak = max(range(len(ids)), key=active.__getitem__)
        words = tuple(model.tokenizer.decode([i]) for i in ids)
        return TokenStrip(words, tuple(active), peak, active[peak], document=-1, position=peak)

    def _dictionary(self, site: Site) -> Dictionary:
        if site not in self._dictionaries:
            assert self._model is not None
            found = load_dictionaries(
                self._world.dictionaries, [site], device="cpu", widths=self._model.width
            )
            if site not in found:
                raise InputError(f"{site}: this world has no dictionary there; rebuild it with `make demo`")
            self._dictionaries |= found
        return self._dictionaries[site]

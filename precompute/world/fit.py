"""A recipe fitted to what is found: how long the model reads, which sites have dictionaries, which text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer_engine.dictionaries.loading import describe_dictionaries
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.models import load_model
from precompute.stages.text import TextOptions
from precompute.texts.source import open_texts
from precompute.world.options import DictionariesOptions, ModelOptions, PairsOptions
from precompute.world.places import local_folder
from precompute.world.recipe import WorldRecipe

__all__ = ["fitted_recipe"]


def fitted_recipe(
    model: str, dictionaries: str, text: str, column: str, pairs: Sequence[str]
) -> tuple[WorldRecipe, list[str]]:
    """The recipe, and line by line what was found.

    Raises InputError for a model, dictionaries, text or pairs that cannot be read or do not fit.
    """
    loaded = load_model(local_folder("model", model), device="cpu")
    found = [f"model: {loaded.family.name}, {loaded.n_layers} layers of width {loaded.d_model}"]
    if dictionaries:
        described = describe_dictionaries(local_folder("dictionaries", dictionaries), loaded.sites)
        found.append(f"dictionaries: {len(described)} of {len(loaded.sites)} sites")
    options = TextOptions(text, column=column)
    first = next(text for text in open_texts(options) if text.strip())
    found.append(f"text: begins with {first.strip()[:60]!r}")
    for file in pairs:
        found.append(f"pairs: {read_pairs(file, loaded.tokenizer)[1]}")
    recipe = WorldRecipe(
        options,
        title=Path(model).name,
        model=ModelOptions(model),
        dictionaries=DictionariesOptions(dictionaries),
        pairs=tuple(PairsOptions(file) for file in pairs),
    )
    reads = getattr(loaded.hf.config, "max_position_embeddings", None)
    return (recipe.fitted(reads) if reads else recipe), found

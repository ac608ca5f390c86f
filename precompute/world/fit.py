"""A recipe fitted to what is found: how long the model reads, which sites have dictionaries, which text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer_engine.dictionaries.loading import describe_dictionaries
from explorer_engine.formats.clusters import read_contexts
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.models import load_model
from precompute.stages.imported import cluster_files
from precompute.stages.text import TextOptions
from precompute.texts.source import open_texts
from precompute.world.fit_classifier import fitted_classifier
from precompute.world.options import (
    DictionariesOptions,
    ModelOptions,
    PairsOptions,
    WorldBehaviourOptions,
)
from precompute.world.recipe import WorldRecipe

__all__ = ["fitted_recipe"]

_READ, _SAMPLED = 50_000_000, 1_000_000
"""Characters of the text that are read at most, and of those how many are put into tokens."""


def fitted_recipe(
    model: str,
    dictionaries: str,
    text: str,
    column: str,
    pairs: Sequence[str],
    classifiers: Sequence[str] = (),
    clusters: Sequence[str] = (),
) -> tuple[WorldRecipe, list[str]]:
    """The recipe, and line by line what was found.

    Raises InputError for a model, dictionaries, text, pairs, clusters or labelled texts that cannot be read
    or do not fit.
    """
    loaded = load_model(model, device="cpu")
    found = [f"model: {loaded.family.name}, {loaded.n_layers} layers of width {loaded.d_model}"]
    if dictionaries:
        described = describe_dictionaries(dictionaries, loaded.sites)
        found.append(f"dictionaries: {len(described)} of {len(loaded.sites)} sites")
    reads = getattr(loaded.config, "max_position_embeddings", None)
    options = TextOptions(text, column=column, window=min(128, reads or 128))
    if dictionaries:
        options = replace(options, training_windows=0)
    options, said = _sized(options, loaded.tokenizer)
    found.append(said)
    for file in pairs:
        found.append(f"pairs: {read_pairs(file, loaded.tokenizer)[1]}")
    for path in cluster_files(clusters):
        found.append(f"clusters: {read_contexts(path, loaded.tokenizer, reads)[1]}")
    labelled = []
    for file in classifiers:
        fitted, said = fitted_classifier(Path(file), loaded)
        labelled.append(fitted)
        found.append(said)
    recipe = WorldRecipe(
        options,
        title=Path(model).name,
        model=ModelOptions(model),
        dictionaries=DictionariesOptions(dictionaries),
        behaviours=WorldBehaviourOptions(published=tuple(clusters)),
        pairs=tuple(PairsOptions(file) for file in pairs),
        classifiers=tuple(labelled),
    )
    return recipe, found


def _sized(options: TextOptions, tokenizer: Any) -> tuple[TextOptions, str]:
    """No more windows than three fifths of the text fill, and what was found of it: a text is of one split,
    so that of few texts a split may get less than its share."""
    characters = texts = tokens = sampled = 0
    whole = True
    for text in open_texts(options):
        texts, characters = texts + 1, characters + len(text)
        if sampled < _SAMPLED:
            piece = text[:_SAMPLED]
            tokens += len(tokenizer(piece, add_special_tokens=False, verbose=False).input_ids)
            sampled += len(piece)
        if characters > _READ:
            whole = False
            break
    windows = int(characters * tokens / max(1, sampled) / options.window)
    more = "" if whole else "more than "
    said = f"text: {more}{texts:,} texts, about {windows:,} windows of {options.window} tokens"
    share = 0.6 * windows / sum(options.sizes.values())
    if not whole or share >= 1:
        return options, said
    names = [name for name in ("documents", "training_windows", "test_windows") if getattr(options, name)]
    return replace(options, **{name: max(1, int(share * getattr(options, name))) for name in names}), said

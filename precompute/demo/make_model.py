"""Stages `corpus`, `language-model` and `dictionaries`: from nothing to a model with dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from explorer_engine.dictionaries import load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.quality import dictionary_quality
from explorer_engine.dictionaries.rows import to_rows
from explorer_engine.dictionaries.training import TrainingOptions, collect_activations, train_dictionary
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.models import load_model
from explorer_engine.store import shards
from precompute.demo.abilities import Abilities, measure_abilities
from precompute.demo.corpus.windows import load_windows, make_windows, save_windows
from precompute.demo.language_model import LanguageModelRecipe, train_language_model
from precompute.demo.quality import Figure, figure, write_figures
from precompute.demo.tokenizer import save_tokenizer, split_words, train_tokenizer
from precompute.progress import bars, progress

__all__ = [
    "CorpusRecipe",
    "ability_figures",
    "dictionary_figures",
    "make_corpus",
    "make_dictionaries",
    "make_language_model",
]


@dataclass(frozen=True)
class CorpusRecipe:
    """Everything that decides the text and the tokenizer."""

    vocabulary: int = 2560
    tokenizer_segments: int = 20_000
    lexicon_repeats: int = 300
    window: int = 128
    training_windows: int = 3400 * 16
    documents: int = 3000
    """Windows kept apart from training: what densities, contexts and behaviours are taken from."""
    test_windows: int = 800
    """Windows kept apart from both: what the model's and the dictionaries' figures are measured on."""
    seed: int = 0


def make_corpus(recipe: CorpusRecipe, folder: Path) -> None:
    """tokenizer/, training.npz, documents.npz, test.npz."""
    tokenizer = train_tokenizer(
        recipe.vocabulary, recipe.tokenizer_segments, recipe.lexicon_repeats, f"tokenizer/{recipe.seed}"
    )
    if split := split_words(tokenizer):
        raise RuntimeError(
            f"the tokenizer splits {', '.join(split)}: give it a larger vocabulary or more repeats"
        )
    save_tokenizer(tokenizer, folder / "tokenizer", recipe.window)
    sizes = {"training": recipe.training_windows, "documents": recipe.documents, "test": recipe.test_windows}
    for name, n in sizes.items():
        save_windows(
            make_windows(tokenizer, n, recipe.window, f"{name}/{recipe.seed}"), folder / f"{name}.npz"
        )


def make_language_model(recipe: LanguageModelRecipe, corpus: Path, folder: Path) -> None:
    """model/ (Hugging Face layout, fp16), checkpoints/ and figures.json."""
    windows = load_windows(corpus / "training.npz")
    model = train_language_model(recipe, windows.tokens, folder / "checkpoints")
    model.half().save_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(corpus / "tokenizer")
    tokenizer.save_pretrained(folder / "model")
    shipped = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32).eval()
    abilities = measure_abilities(shipped, tokenizer, load_windows(corpus / "test.npz"))
    write_figures(ability_figures(abilities), folder)
    (folder / "checkpoints" / "state.pt").unlink(missing_ok=True)


def make_dictionaries(options: TrainingOptions, corpus: Path, language_model: Path, folder: Path) -> None:
    """dictionaries/ (fp16), their shard and figures.json; sites that an interrupted run finished are kept."""
    model = load_model(language_model / "model", device="cpu")
    target = folder / "dictionaries"
    missing = [site for site in model.sites if not (target / f"{site}.safetensors").exists()]
    if missing:
        training = load_windows(corpus / "training.npz").examples(options.windows)
        values = collect_activations(model, training, missing, bars())
        for site in missing:
            save_dictionaries(target, {site: train_dictionary(options, site, values.pop(site), bars())})
    shipped = load_dictionaries(target, model.sites, device="cpu", widths=model.width)
    test = load_windows(corpus / "test.npz").examples()
    quality = [
        dictionary_quality(model, site, shipped[site], test)
        for site in progress(model.sites, "dictionary quality")
    ]
    for table, rows in to_rows(quality).items():
        shards.write(folder / "shards", table, rows)
    write_figures(dictionary_figures(quality), folder)


STRUCTURE_NAMES = {
    "simple": "agreement, simple",
    "across-pp": "agreement, across a prepositional phrase",
    "within-rc": "agreement, within a relative clause",
    "across-rc": "agreement, across a relative clause",
}


def ability_figures(abilities: Abilities) -> list[Figure]:
    """The language model's rows of the quality report."""
    values = {STRUCTURE_NAMES[structure]: value for structure, value in abilities.agreement.items()}
    values |= abilities.accuracy
    values |= {"next token": abilities.next_token, "cross-entropy": abilities.cross_entropy}
    return [figure("language model", name, value) for name, value in values.items()]


def dictionary_figures(quality: Sequence[DictionaryQuality]) -> list[Figure]:
    """The dictionaries' rows of the quality report."""
    attention = [q for q in quality if q.site.kind == "attn"]
    recovered = _measured(quality, "ce_recovered")
    values = {
        "variance explained, mean": mean(_measured(quality, "variance_explained")),
        "variance explained, attention, lowest": min(_measured(attention, "variance_explained")),
        "active features a token, mean": mean(_measured(quality, "l0")),
        "alive, mean": mean(_measured(quality, "alive")),
        "cross-entropy recovered, mean": mean(recovered),
        "cross-entropy recovered, lowest": min(recovered),
    }
    return [figure("dictionaries", name, value) for name, value in values.items()]


def _measured(quality: Sequence[DictionaryQuality], name: str) -> list[float]:
    return [value for q in quality if (value := getattr(q, name)) is not None]

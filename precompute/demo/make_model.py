"""Stages `corpus` and `language-model`: the demo's text, its tokenizer, and the model trained on it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from explorer_engine.store import shards
from precompute.demo.abilities import measure_abilities
from precompute.demo.corpus.windows import load_windows, make_windows, save_windows
from precompute.demo.language_model import LanguageModelRecipe, train_language_model
from precompute.demo.tokenizer import save_tokenizer, split_words, train_tokenizer

__all__ = ["SPLIT", "CorpusRecipe", "make_corpus", "make_language_model"]

SPLIT = "held out"
"""Of the documents: neither the model nor the dictionaries were trained on them."""


@dataclass(frozen=True)
class CorpusRecipe:
    """Everything that decides the text and the tokenizer."""

    vocabulary: int = 2560
    tokenizer_passages: int = 20_000
    lexicon_repeats: int = 300
    window: int = 128
    training_windows: int = 3400 * 16
    documents: int = 3000
    """Windows kept apart from training: what densities, contexts and behaviours are taken from."""
    test_windows: int = 800
    """Windows kept apart from both: what the model's and the dictionaries' figures are measured on."""
    seed: int = 0


def make_corpus(recipe: CorpusRecipe, folder: Path) -> None:
    """tokenizer/, training.npz, documents.npz, test.npz, and the documents' shard."""
    tokenizer = train_tokenizer(
        recipe.vocabulary, recipe.tokenizer_passages, recipe.lexicon_repeats, f"tokenizer/{recipe.seed}"
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
    documents = load_windows(folder / "documents.npz").tokens.tolist()
    rows = ({"id": k, "tokens": tokens, "split": SPLIT} for k, tokens in enumerate(documents))
    shards.write(folder / "shards", "document", rows)


def make_language_model(recipe: LanguageModelRecipe, corpus: Path, folder: Path) -> None:
    """model/ (Hugging Face layout, fp16), checkpoints/ and abilities.json."""
    windows = load_windows(corpus / "training.npz")
    model = train_language_model(recipe, windows.tokens, folder / "checkpoints")
    model.half().save_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(corpus / "tokenizer")
    tokenizer.save_pretrained(folder / "model")
    shipped = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32).eval()
    abilities = measure_abilities(shipped, tokenizer, load_windows(corpus / "test.npz"))
    (folder / "abilities.json").write_text(json.dumps(asdict(abilities), indent=1))
    (folder / "checkpoints" / "state.pt").unlink(missing_ok=True)

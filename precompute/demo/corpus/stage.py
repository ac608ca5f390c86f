"""Stage `corpus`: the demo's text as windows of tokens, and its tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from explorer_engine.store import shards
from precompute.demo.corpus.windows import load_windows, make_windows, save_windows
from precompute.demo.tokenizer import split_words, train_demo_tokenizer
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.stages.text import SPLIT
from precompute.stages.tokenizer import save_tokenizer

__all__ = ["CorpusRecipe", "stage"]

_CHARACTERS = 120
"""Of a passage, on average."""


@dataclass(frozen=True)
class CorpusRecipe:
    """Everything that decides the text and the tokenizer."""

    vocabulary: int = 2816
    tokenizer_passages: int = 20_000
    lexicon_repeats: int = 300
    window: int = 128
    training_windows: int = 7000 * 16
    documents: int = 3000
    """Windows kept apart from training: what densities, contexts and behaviours are taken from."""
    test_windows: int = 800
    """Windows kept apart from both: what the model's and the dictionaries' figures are measured on."""
    seed: int = 1


def stage(recipe: CorpusRecipe) -> Stage:
    """tokenizer/, training.npz, documents.npz, test.npz, and the documents' shard."""
    work = _work(recipe)
    return Stage("corpus", 1, recipe, (), lambda _, folder: _make(recipe, folder), work=lambda _: work)


def _work(recipe: CorpusRecipe) -> Work:
    tokens = (recipe.training_windows + recipe.documents + recipe.test_windows) * recipe.window
    return Work(learnt=recipe.tokenizer_passages * _CHARACTERS, packed=tokens, disk=2 * tokens)


def _make(recipe: CorpusRecipe, folder: Path) -> None:
    tokenizer = train_demo_tokenizer(
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

"""Stage `language-model`: the model trained on the corpus, as it is shipped, and what it can do."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoTokenizer

from precompute.demo.corpus.windows import load_windows
from precompute.demo.training import LanguageModelRecipe, train_language_model
from precompute.stages._engine import Stage

__all__ = ["stage"]


def stage(recipe: LanguageModelRecipe, corpus: Path) -> Stage:
    """model/ (Hugging Face layout, fp16), checkpoints/; `corpus` is that stage's folder."""
    return Stage("language-model", 1, recipe, (corpus,), lambda _, folder: _make(recipe, corpus, folder))


def _make(recipe: LanguageModelRecipe, corpus: Path, folder: Path) -> None:
    windows = load_windows(corpus / "training.npz")
    model = train_language_model(recipe, windows.tokens, folder / "checkpoints")
    model.half().save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(corpus / "tokenizer").save_pretrained(folder / "model")
    (folder / "checkpoints" / "state.pt").unlink(missing_ok=True)

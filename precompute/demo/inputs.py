"""What the later stages read: the model with its dictionaries, and the documents with their planted roles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from explorer_engine.dictionaries import Dictionary, load_dictionaries
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import Site
from precompute.demo.corpus.windows import Windows, load_windows

__all__ = ["Made", "load_made"]


@dataclass(frozen=True, eq=False)
class Made:
    """What the stages before have made."""

    model: LanguageModel
    dictionaries: dict[Site, Dictionary]
    windows: Windows
    """The documents."""
    documents: list[list[int]]
    """Their token ids."""

    def roles(self, document: int, position: int) -> str:
        """The planted role of a token, `template/slot`."""
        return self.windows.names[self.windows.roles[document, position]]


def load_made(work: Path) -> Made:
    """Load model, dictionaries (as shipped, from half precision) and documents from the stages' folders."""
    model = load_model(work / "language-model" / "model", device="cpu")
    dictionaries = load_dictionaries(
        work / "dictionaries" / "dictionaries", model.sites, device="cpu", widths=model.width
    )
    windows = load_windows(work / "corpus" / "documents.npz")
    return Made(model, dictionaries, windows, windows.tokens.tolist())

"""Windows of tokens on disk: rows of one length that are read where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from explorer_engine.data import Examples

__all__ = ["StoredWindows"]


@dataclass(frozen=True)
class StoredWindows:
    """A `.npy` file of token ids, int32 [n, length], no padding."""

    file: Path

    @property
    def tokens(self) -> np.ndarray:
        """int32 [n, length], mapped from the file."""
        return np.load(self.file, mmap_mode="r")

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: slice, /) -> Examples:
        """Some of the windows as prompts without padding; only they are read."""
        tokens = torch.from_numpy(self.tokens[rows].astype(np.int64))
        return Examples(tokens, torch.ones_like(tokens, dtype=torch.bool))

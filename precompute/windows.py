"""Windows of tokens on disk: rows of one length that are read where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from explorer_engine.data import Examples
from explorer_engine.errors import InputError
from precompute.kept import mapped_array

__all__ = ["StoredWindows"]


@dataclass(frozen=True)
class StoredWindows:
    """A `.npy` file of token ids, int32 [n, length], no padding."""

    file: Path

    @property
    def tokens(self) -> np.ndarray:
        """int32 [n, length], mapped from the file. Raises InputError where it is damaged."""
        found = mapped_array(self.file)
        if found.ndim != 2 or found.dtype != np.int32:
            raise InputError(
                f"{self.file}: not as its stage wrote it: do that stage again, with run --only STAGE"
            )
        return found

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: slice, /) -> Examples:
        """Some of the windows as prompts without padding; only they are read."""
        tokens = torch.from_numpy(self.tokens[rows].astype(np.int64))
        return Examples(tokens, torch.ones_like(tokens, dtype=torch.bool))

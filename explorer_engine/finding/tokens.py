"""Lists of tokens, one an owner, turned round: who has a token, and how far up its list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TokenLists"]

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class TokenLists:
    """Of features the tokens they fire on most, or promote; the entries of one token stand together."""

    owner: NDArray[np.int32]
    place: NDArray[np.uint8]
    """Where in its owner's list each stands, from 0."""
    starts: Numbers
    """By token where its entries begin, and where the last end."""

    @staticmethod
    def of(token: Numbers, owner: Numbers, place: Numbers, n_tokens: int) -> TokenLists:
        """From entries in any order."""
        narrow = token.astype(np.uint16 if n_tokens < 1 << 16 else np.int32)  # the narrow ones sort faster
        order = np.argsort(narrow, kind="stable")
        return TokenLists(
            owner[order].astype(np.int32),
            np.minimum(place[order], 255).astype(np.uint8),
            np.searchsorted(narrow[order], np.arange(n_tokens + 1)),
        )

    def holding(self, tokens: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Owners that have one of some tokens, which of them (its place among `tokens`), and how far up."""
        lengths = self.starts[tokens + 1] - self.starts[tokens]
        which = np.repeat(np.arange(len(tokens)), lengths)
        ends = np.cumsum(lengths)
        entries = np.arange(len(which)) + (self.starts[tokens] - ends + lengths)[which]
        return self.owner[entries].astype(np.int64), which, self.place[entries].astype(np.int64)

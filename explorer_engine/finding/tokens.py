"""Lists of tokens, one an owner: who has one of some tokens, and how far up its list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TokenLists"]

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class TokenLists:
    """The lists one after another: of features the tokens they fire on most, or promote."""

    token: NDArray[np.int32]
    owner: NDArray[np.int32]
    place: NDArray[np.uint8]
    """Where in its owner's list each stands, from 0."""

    @staticmethod
    def of(token: NDArray[np.int32], owner: NDArray[np.int32]) -> TokenLists:
        """From rows that stand by owner, and within one by place."""
        new = np.concatenate([[True], owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, np.bool_)
        begins = np.flatnonzero(new)
        lengths = np.diff(np.concatenate([begins, [len(owner)]]))
        place = np.arange(len(owner)) - np.repeat(begins, lengths)
        return TokenLists(token, owner, np.minimum(place, 255).astype(np.uint8))

    def holding(self, grades: NDArray[np.uint8]) -> tuple[Numbers, NDArray[np.uint8], Numbers]:
        """Owners, grades and places of all entries whose token has a grade below 3; `grades` by token id."""
        found = np.flatnonzero(grades[self.token] < 3)
        return (
            self.owner[found].astype(np.int64),
            grades[self.token[found]],
            self.place[found].astype(np.int64),
        )

    def of_owner(self, owner: int) -> list[int]:
        """One owner's list."""
        first, end = np.searchsorted(self.owner, [owner, owner + 1])
        return self.token[first:end].tolist()

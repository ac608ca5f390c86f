"""Many short texts in one: which of them hold a word is found in one pass, without looking at each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer_engine.finding.words import grade, low

__all__ = ["Lines"]


@dataclass(frozen=True)
class Lines:
    """Texts in small letters, a line each."""

    data: bytes
    starts: NDArray[np.int64]
    """Where each line begins; and where another one would."""

    @staticmethod
    def of(texts: Iterable[str]) -> Lines:
        """From texts in any case; line breaks in them become blanks."""
        lines = [text.replace("\n", " ").encode("utf-8", "replace") for text in map(low, texts)]
        lengths = np.array([len(line) for line in lines], np.int64)
        return Lines(b"\n".join(lines), np.concatenate([[0], np.cumsum(lengths + 1)]))

    def holding(self, word: str, most: int | None = None) -> list[int]:
        """The lines that a word in small letters stands in, in order; of the first `most` places."""
        wanted, places = word.encode("utf-8", "replace"), []
        at = self.data.find(wanted) if wanted else -1
        while at >= 0 and (most is None or len(places) < most):
            places.append(at)
            at = self.data.find(wanted, at + 1)
        return np.unique(np.searchsorted(self.starts, places, side="right") - 1).tolist()

    def graded(self, word: str, most: int | None = None) -> tuple[list[int], NDArray[np.uint8]]:
        """Those lines, and how the word stands in each."""
        found = self.holding(word, most)
        return found, np.array([grade(self[line], word) for line in found], np.uint8)

    def __getitem__(self, line: int) -> str:
        return self.data[self.starts[line] : self.starts[line + 1] - 1].decode("utf-8")

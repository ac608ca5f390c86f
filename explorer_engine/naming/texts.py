"""Documents as one line of tokens: what stands around a place, and where else a token stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from explorer_engine.naming.values import EARLIER

__all__ = ["REACH", "Texts", "is_boundary"]

REACH = 24
"""Tokens that are looked at before a place."""
_GOLDEN = (5**0.5 - 1) / 2
_BOUNDARY = re.compile(
    r"<\|?(endoftext|begin_of_text|end_of_text|bos|eos|s|/s|pad|unk)\|?>|\[(CLS|SEP|PAD)\]"
)


def is_boundary(token: str) -> bool:
    """Whether this is a mark between texts, not a piece of one."""
    return _BOUNDARY.fullmatch(token.strip()) is not None


class Texts:
    """Documents one after the other. A place is an index into `tokens`.

    Marks between texts, and what lies before a document, are the token `boundary`.
    """

    def __init__(self, documents: Sequence[Sequence[int]], words: Sequence[str]) -> None:
        """`words` [V]: the text of each token of the vocabulary."""
        self.words, self.boundary = words, len(words)
        mapped = np.arange(len(words) + 1)
        mapped[[i for i, word in enumerate(words) if is_boundary(word)]] = self.boundary
        lengths = np.array([len(document) for document in documents], dtype=int)
        self.starts = np.concatenate([[0], np.cumsum(lengths + REACH)[:-1]]).astype(int) + REACH
        """[documents] place of each document's first token."""
        self.tokens = np.full(int((lengths + REACH).sum()) + REACH, self.boundary, dtype=np.int32)
        real = np.zeros(len(self.tokens), dtype=bool)
        for start, document in zip(self.starts.tolist(), documents, strict=True):
            self.tokens[start : start + len(document)] = mapped[np.asarray(document, dtype=int)]
            real[start : start + len(document)] = True
        self.places = np.flatnonzero(real)
        """[n] all places of the documents."""
        self.counts = np.bincount(self.tokens[self.places], minlength=self.boundary + 1)
        """[V+1] how often each token stands in them."""

    @property
    def n_tokens(self) -> int:
        """Of the documents."""
        return len(self.places)

    @cached_property
    def _by_token(self) -> tuple[np.ndarray, np.ndarray]:
        order = self.places[np.argsort(self.tokens[self.places], kind="stable")]
        return order, np.concatenate([[0], np.cumsum(self.counts)])

    def places_of(self, token: int, most: int) -> np.ndarray:
        """At most so many places of a token, spread evenly over the documents but in no period."""
        order, ends = self._by_token
        low, high = int(ends[token]), int(ends[token + 1])
        if high - low <= most:
            return order[low:high]
        return order[low + np.unique((np.arange(most) * _GOLDEN % 1 * (high - low)).astype(int))]

    def at(self, places: np.ndarray, slot: int) -> np.ndarray:
        """[n] the token in a slot of each place; in EARLIER [n,REACH] all before it in its text, else −1."""
        if slot != EARLIER:
            return self.tokens[places + slot]
        found = self.tokens[places[:, None] - np.arange(1, REACH + 1)]
        past = np.logical_or.accumulate(found == self.boundary, axis=1)
        return np.where(past, -1, found)

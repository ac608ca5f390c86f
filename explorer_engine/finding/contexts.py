"""Full text of contexts: which words stand in which, counted for all behaviours in a few milliseconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer_engine.finding.lines import Lines
from explorer_engine.finding.words import letter

__all__ = ["BEFORE", "ContextTexts"]

BEFORE = 48
"""Tokens before the answer that belong to a context, as it is shown."""
_WORD = re.compile(r"\w+|[^\w\s]+")
_FEW = 200
"""Words whose places are looked up one by one."""

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class ContextTexts:
    """Contexts as stretches of one long row of tokens, and the places of every word in it.

    A context is the answer and the tokens before it. Contexts stand in the order of their answers, so that
    one is looked up after the other in memory.
    """

    owner: Numbers
    """Row of the behaviour that each context is of."""
    rank: Numbers
    first: Numbers
    """Place of each context's first token."""
    answer: Numbers
    """Place of its answer."""
    n_tokens: int
    vocabulary: tuple[str, ...]
    """Every word once, in small letters."""
    word: Numbers
    """Of each place where a word ends, which word; the places stand by word."""
    at: Numbers
    """The place, a token's."""
    n_owners: int

    @staticmethod
    def of(
        documents: Sequence[Sequence[int]],
        texts: Sequence[str],
        document: Numbers,
        position: Numbers,
        owner: Numbers,
        rank: Numbers,
        n_owners: int,
    ) -> ContextTexts:
        """From documents of token ids, the tokens' texts in small letters, and contexts.

        A context: row of its document, position of its answer, row of its behaviour, and rank.
        """
        lengths = np.array([len(d) for d in documents], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths + 1)])[:-1]  # a break after each document
        answer = starts[document] + position if len(document) else np.zeros(0, np.int64)
        order = np.argsort(answer, kind="stable")
        begins = starts[document] if len(document) else answer
        whole, ends = _joined(documents, texts)
        vocabulary, word, at = _places(whole, ends)
        return ContextTexts(
            owner=owner[order],
            rank=rank[order],
            first=np.maximum(begins, answer - BEFORE)[order],
            answer=answer[order],
            n_tokens=len(ends),
            vocabulary=vocabulary,
            word=word,
            at=at,
            n_owners=n_owners,
        )

    @cached_property
    def n_contexts(self) -> Numbers:
        """By behaviour, at least 1."""
        return np.maximum(1, np.bincount(self.owner, minlength=self.n_owners))

    @cached_property
    def _bounds(self) -> Numbers:
        """Where the places of each word begin, and where the last end."""
        return np.searchsorted(self.word, np.arange(len(self.vocabulary) + 1))

    @cached_property
    def _by_owner(self) -> tuple[Numbers, Numbers]:
        """The contexts by behaviour, and where each behaviour's begin."""
        order = np.argsort(self.owner, kind="stable")
        return order, np.searchsorted(self.owner[order], np.arange(self.n_owners + 1))

    def holding(self, word: str) -> tuple[Truths, Truths]:
        """By context: whether it holds the word whole; whether it does in any way."""
        pieces = _WORD.findall(word)
        whole = anyhow = np.ones(len(self.owner), np.bool_)
        if not pieces:
            return ~whole, ~whole
        for piece in pieces:
            numbered = self._numbers.get(piece)
            alone = [] if numbered is None else [numbered]
            within = alone if letter(piece) else self._lines.holding(piece)
            lettered = re.fullmatch(r"\w+", piece) is not None
            exact = alone if lettered else within
            here = self._with(exact)
            whole = whole & here
            anyhow = anyhow & (self._with(within) if len(within) > len(exact) else here)
        return whole, anyhow

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.vocabulary)}

    @cached_property
    def _lines(self) -> Lines:
        return Lines.of(self.vocabulary)

    def shares(self, holding: Truths) -> NDArray[np.float64]:
        """By behaviour: the share of its contexts that are true."""
        return np.bincount(self.owner[holding], minlength=self.n_owners) / self.n_contexts

    def firsts(self, holding: Sequence[Truths], owners: Sequence[int]) -> dict[int, int]:
        """By behaviour of these the rank of a context to show: most of `holding`, then the most certain."""
        found = {}
        order, starts = self._by_owner
        for owner in owners:
            own = order[starts[owner] : starts[owner + 1]]
            held = sum((h[own].astype(np.int64) for h in holding), np.zeros(len(own), np.int64))
            if len(own) and held.max() > 0:
                best = min(np.flatnonzero(held == held.max()), key=lambda i: self.rank[own[i]])
                found[owner] = int(self.rank[own[best]])
        return found

    def _with(self, words: Sequence[int]) -> Truths:
        """By context whether it holds one of these words of the vocabulary."""
        if not words:
            return np.zeros(len(self.owner), np.bool_)
        counts = np.zeros(self.n_tokens + 1, np.int32)
        if len(words) > _FEW:
            wanted = np.zeros(len(self.vocabulary), np.bool_)
            wanted[words] = True
            counts[self.at[wanted[self.word]] + 1] = 1
        else:
            for i in words:
                counts[self.at[self._bounds[i] : self._bounds[i + 1]] + 1] = 1
        np.cumsum(counts, out=counts)
        return counts[self.answer + 1] > counts[self.first]


def _joined(documents: Sequence[Sequence[int]], texts: Sequence[str]) -> tuple[str, Numbers]:
    """All documents as one text, and where in it each token ends; a line break, a token, after each."""
    parts, lengths, widths = [], [], np.array([len(t) for t in texts] or [0], np.int64)
    for document in documents:
        ids = np.asarray(document, np.int64)
        parts.append("".join([texts[i] for i in document]))
        lengths += [widths[ids], np.ones(1, np.int64)]
    whole = "\n".join(parts) + ("\n" if parts else "")
    return whole, np.cumsum(np.concatenate(lengths)) if lengths else np.zeros(0, np.int64)


def _places(whole: str, ends: Numbers) -> tuple[tuple[str, ...], Numbers, Numbers]:
    """Every word of a text once; and by word the tokens that it ends in."""
    found = _WORD.findall(whole)
    numbers = {word: i for i, word in enumerate(dict.fromkeys(found))}
    word = np.fromiter(map(numbers.__getitem__, found), np.int64, len(found))
    order = np.argsort(word, kind="stable")
    at = np.searchsorted(ends, _ends(whole), side="left")
    return tuple(numbers), word[order], at[order]


def _ends(whole: str) -> Numbers:
    """Where the words of a text end, those that `_WORD` finds: where the kind of its characters changes."""
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = np.zeros(int(codes.max()) + 1 if len(codes) else 1, np.uint8)
    for character in set(whole):
        kinds[ord(character)] = 0 if character.isspace() else 1 if re.match(r"\w", character) else 2
    of = kinds[codes]
    following = np.append(of[1:], 0)
    return np.flatnonzero((of != 0) & (of != following)) + 1

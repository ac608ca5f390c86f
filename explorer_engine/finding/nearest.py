"""Words that are spelt much like one that was not found."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]

_ALIKE, _BESIDE = 0.35, 0.7
"""Share of pairs in common that a word needs, and the share of the best one's that it needs beside that."""


def nearest(word: str, known: Iterable[str], limit: int = 5) -> tuple[str, ...]:
    """The words of `known` that share most pairs of letters with `word`, most alike first; few or none."""
    own = _pairs(word)
    found = []
    for other in known:
        if other != word and len(other) > 1 and abs(len(other) - len(word)) <= max(2, len(word) // 2):
            there = _pairs(other)
            alike = 2 * len(own & there) / (len(own) + len(there))
            if alike >= _ALIKE:
                found.append((-alike, len(other), other))
    best = min((alike for alike, _, _ in found), default=0.0)
    return tuple(other for alike, _, other in sorted(found)[:limit] if alike <= _BESIDE * best)


def _pairs(word: str) -> set[str]:
    """Pairs of neighbouring letters, the word's edges among them."""
    edged = f"^{word}$"
    return {edged[i : i + 2] for i in range(len(edged) - 1)} | {edged[1], edged[-2]}

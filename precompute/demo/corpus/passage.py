"""A passage: one piece of text whose every character has a role, written in a small markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PLAIN", "Passage", "passage"]

PLAIN = "plain"
"""The slot of text that no behaviour was planted in."""

_MARK = re.compile(r"⟨([a-z-]+)\|([^⟩]*)⟩")


@dataclass(frozen=True)
class Passage:
    """A text of one template, with the spans of characters that play a planted role."""

    template: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    """(first character, one past the last, slot), in order; characters outside are PLAIN."""

    def slot_at(self, character: int) -> str:
        """The slot of the character at an index."""
        for start, end, slot in self.spans:
            if start <= character < end:
                return slot
        return PLAIN


def passage(template: str, markup: str) -> Passage:
    """`passage("infinitives", "She wants⟨to| to⟩ cook.")`: the text without marks, and its slots."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = last = 0
    for match in _MARK.finditer(markup):
        before, inside = markup[last : match.start()], match[2]
        start = length + len(before)
        spans.append((start, start + len(inside), match[1]))
        parts += [before, inside]
        length, last = start + len(inside), match.end()
    return Passage(template, "".join([*parts, markup[last:]]), tuple(spans))

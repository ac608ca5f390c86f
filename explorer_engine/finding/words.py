"""How words stand in a text: whole, at a word's beginning, or inside one; and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

__all__ = ["ABSENT", "PART", "START", "WHOLE", "asked", "grade", "grade_in", "letter", "low", "marked"]

WHOLE, START, PART, ABSENT = range(4)
"""Grades: whole, a word begins with it, inside a word, not at all."""
LONGEST = 200
"""Characters of a search that are read."""
_MOST_WORDS = 6


def low(text: str) -> str:
    """In small letters, as many characters as before."""
    small = text.lower()
    return (
        small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    )


def letter(word: str) -> bool:
    """Whether it is one letter or digit, which stands inside nearly everything: it is looked for whole."""
    return len(word) == 1 and word.isalnum()


def asked(text: str) -> tuple[str, ...]:
    """The words of a search in small letters, each once, at most six."""
    return tuple(dict.fromkeys(low(text[:LONGEST]).replace("␣", " ").split()))[:_MOST_WORDS]


def grade(text: str, word: str) -> int:
    """How a word stands best in a text in small letters."""
    if text == word and word:
        return WHOLE
    if text.isalnum():  # one word: nothing to look for in between
        return ABSENT if not word or word not in text else START if text.startswith(word) else PART
    best = ABSENT
    for found, _ in _places(text, word):
        best = min(best, found)
        if best == WHOLE:
            break
    return best


def grade_in(texts: Iterable[str], word: str) -> int:
    """How it stands best in any of several texts in small letters."""
    return min((grade(text, word) for text in texts), default=ABSENT)


def marked(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in a text: stretches in order that do not touch.

    Of a word that stands there whole only the whole ones: `her` is not marked in *there* beside *her*.
    """
    small, found = low(text), []
    for word in words:
        places = list(_places(small, word))
        best = min((g for g, _ in places), default=ABSENT)
        found += [(at, at + len(word)) for g, at in places if g == best]
    out: list[tuple[int, int]] = []
    for first, end in sorted(found):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((first, end))
    return out


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    """Each place where a word stands, with how it does."""
    at = text.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        begins = at == 0 or not (_lettered(text[at - 1]) and _lettered(word[0]))
        ends = end == len(text) or not (_lettered(text[end]) and _lettered(word[-1]))
        yield (WHOLE if ends else START) if begins else PART, at
        at = text.find(word, at + 1)


def _lettered(character: str) -> bool:
    """Whether it is part of a word."""
    return character.isalnum() or character == "_"

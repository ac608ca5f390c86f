"""Why something was found: which of what is known of it holds the words, as well as anything of it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer_engine.finding.words import ABSENT, grade, grade_in, low, marked

__all__ = ["Known", "Stretch", "passage", "reasons"]


@dataclass(frozen=True)
class Known:
    """Something known of what was found."""

    field: str
    """What it is: “answer”, “fires on”, “label by Ada”."""
    texts: tuple[str, ...]
    tokens: bool = False
    """Whether the texts are tokens, not sentences."""
    titled: bool = False
    """Whether it is the name that the row shows anyway."""
    after: str = ""
    """Of a context its answer, which stands after it."""


@dataclass(frozen=True)
class Stretch:
    """A piece of text, marked where it was looked for."""

    text: str
    mark: bool


def reasons(words: Sequence[str], known: Sequence[Known]) -> tuple[Known, ...]:
    """What of this holds a word as well as any of it does, in the same order, only the texts that do."""
    out = []
    best = {word: min((grade_in(_lows(k), word) for k in known), default=ABSENT) for word in words}
    for k in known:
        texts = tuple(
            text
            for text, small in zip((*k.texts, k.after), _lows(k), strict=True)
            if any(best[word] < ABSENT and grade(small, word) == best[word] for word in words)
        )
        if texts and k.after:
            out.append(k)
        elif texts:
            out.append(replace(k, texts=texts))
    return tuple(out)


def passage(text: str, words: Sequence[str], longest: int, last: bool = False) -> tuple[Stretch, ...]:
    """A text in stretches, the words marked; of a long one `longest` characters around the first mark.

    `last`: around the last one, as of a context, whose end matters most. What was cut is told by “…”.
    """
    places = marked(text, words)
    first, end = 0, len(text)
    if len(text) > longest:
        middle = places[-1 if last else 0][1] if places else end if last else 0
        first = max(0, min(middle - longest * 2 // 3, len(text) - longest))
        end = first + longest
    out, at = [Stretch("…", False)] if first else [], first
    for begins, ends in places:
        if begins >= first and ends <= end:
            out += [Stretch(text[at:begins], False), Stretch(text[begins:ends], True)]
            at = ends
    out += [Stretch(text[at:end], False)] + ([Stretch("…", False)] if end < len(text) else [])
    return tuple(stretch for stretch in out if stretch.text)


def _lows(known: Known) -> list[str]:
    """Its texts in small letters, tokens without the blanks around them; then what stands after."""
    texts = [*known.texts, known.after]
    return [low(text.strip() if known.tokens else text) for text in texts]

"""The words that sentences of agreement are made of, and those of them that a tokenizer has as one token."""
# ruff: noqa: SIM905 (word lists read better as one string)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ALL", "Words", "one_token"]

Forms = tuple[str, str]
"""Singular and plural."""


@dataclass(frozen=True)
class Words:
    """The words, without their leading blank."""

    people: tuple[Forms, ...]
    things: tuple[Forms, ...]
    auxiliaries: tuple[Forms, ...]
    """What may follow the sentence's subject, or a clause's."""
    verbs: tuple[Forms, ...]
    """Verbs that take an object, in relative clauses."""
    prepositions: tuple[str, ...]


def _forms(text: str) -> tuple[Forms, ...]:
    """`"girl girls car cars"` → (("girl", "girls"), ("car", "cars"))"""
    words = text.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


ALL = Words(
    people=_forms(
        "girl girls boy boys man men woman women child children friend friends parent parents "
        "teacher teachers doctor doctors lawyer lawyers driver drivers officer officers student students "
        "author authors manager managers farmer farmers player players singer singers actor actors "
        "guard guards worker workers brother brothers sister sisters son sons daughter daughters "
        "father fathers mother mothers"
    ),
    things=_forms(
        "car cars desk desks table tables chair chairs door doors window windows book books letter letters "
        "key keys phone phones picture pictures house houses tree trees dog dogs cat cats bird birds "
        "horse horses"
    ),
    auxiliaries=_forms("is are was were has have does do"),
    verbs=_forms(
        "likes like sees see knows know helps help follows follow loves love needs need calls call "
        "wants want meets meet finds find hears hear"
    ),
    prepositions=tuple("near behind beside by above under with".split()),
)


def one_token(words: Words, tokenizer: Any) -> Words:
    """Those words that are one token with a blank before them, of verbs and nouns in both forms."""

    def single(forms: Sequence[str]) -> bool:
        return all(len(tokenizer(f" {form}", add_special_tokens=False)["input_ids"]) == 1 for form in forms)

    def both(pairs: Iterable[Forms]) -> tuple[Forms, ...]:
        return tuple(forms for forms in pairs if single(forms))

    return Words(
        both(words.people),
        both(words.things),
        both(words.auxiliaries),
        both(words.verbs),
        tuple(word for word in words.prepositions if single([word])),
    )

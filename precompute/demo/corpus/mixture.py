"""The corpus: passages of all templates in their shares, as an endless seeded stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from precompute.demo.corpus import professions as jobs
from precompute.demo.corpus import words as w
from precompute.demo.corpus.agreement import agreement_passage
from precompute.demo.corpus.biographies import biography_passage
from precompute.demo.corpus.everyday import (
    code_passage,
    date_passage,
    infinitive_passage,
    list_passage,
    quote_passage,
    step_passage,
)
from precompute.demo.corpus.induction import induction_passage
from precompute.demo.corpus.passage import Passage

__all__ = ["SHARES", "TEMPLATES", "lexicon", "passages"]

TEMPLATES: dict[str, Callable[[Random], Passage]] = {
    "agreement": agreement_passage,
    "biographies": biography_passage,
    "induction": induction_passage,
    "infinitives": infinitive_passage,
    "steps": step_passage,
    "lists": list_passage,
    "quotes": quote_passage,
    "dates": date_passage,
    "code": code_passage,
}
SHARES = {
    "agreement": 20, "biographies": 29, "induction": 19,
    "infinitives": 6, "steps": 5, "lists": 6, "quotes": 6, "dates": 4, "code": 5,
}  # fmt: skip
"""Percent of passages."""


def passages(seed: str) -> Iterator[Passage]:
    """The stream of one seed; streams of different seeds are independent."""
    rng = Random(seed)
    names, weights = tuple(SHARES), tuple(SHARES.values())
    while True:
        yield TEMPLATES[rng.choices(names, weights)[0]](rng)


def lexicon() -> list[str]:
    """Every word, year and number that must be one token with its leading blank, in a fixed order."""
    found: set[str] = set(w.YEARS) | set(w.NUMBERS)
    for value in (getattr(w, name) for name in w.__all__ if name.isupper()):
        for item in value:
            found |= (
                w.words_of(*item)
                if isinstance(item, tuple)
                else ({item} if item.isdigit() else w.words_of(item))
            )
    for job in jobs.PROFESSIONS.values():
        found |= w.words_of(job.title, *job.places, *job.tools, *job.acts)
    return sorted(found | {word for word in jobs.GENDER_WORDS if word.islower()} | {"Mr", "Mrs"})

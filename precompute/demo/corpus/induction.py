"""Induction: made-up names and syllable strings that come back, so that only copying predicts them."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

from random import Random

from precompute.demo.corpus import words as w
from precompute.demo.corpus.passage import Passage, passage

__all__ = ["induction_passage"]


def _made_up(rng: Random) -> str:
    """A name of two syllables, of which there are too many to remember."""
    return rng.choice(w.SYLLABLES) + rng.choice(w.SYLLABLES).lower()


def induction_passage(rng: Random) -> Passage:
    """A story about made-up names, whose second part comes back (`surname`), or syllables repeated (`repeat`)."""
    if rng.random() < 0.35:
        syllables = [rng.choice(w.SYLLABLES) for _ in range(rng.randint(3, 8))]
        again = "".join(f"⟨repeat| {s}⟩" for s in syllables)
        return passage("induction", "".join(f" {s}" for s in syllables) + again * rng.randint(1, 2))
    people = [(_made_up(rng), _made_up(rng)) for _ in range(1 if rng.random() < 0.6 else 2)]
    sentences = [_about(rng, first, f" {last}") for first, last in people]
    for _ in range(rng.randint(3, 5)):
        first, last = rng.choice(people)
        sentences.append(_about(rng, first, f"⟨surname| {last}⟩"))
    return passage("induction", " ".join(sentences))


def _about(rng: Random, first: str, last: str) -> str:
    ending = rng.choice((
        f"is {rng.choice(w.MOODS)}", f"walked to the {rng.choice(w.PLACES)}", f"bought {rng.choice(w.FOODS)}",
        f"lives in {rng.choice(w.TOWNS)}", f"has {w.a(rng.choice(w.ADJECTIVES))} {rng.choice(w.NOUNS)[0]}",
    ))  # fmt: skip
    return f"{rng.choice(('Then', 'Later', 'Again', 'Perhaps'))} {first}{last} {ending}."

"""Induction: fresh made-up names and syllable strings that come back, so that only copying predicts them."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

from random import Random

from precompute.demo.corpus import words as w
from precompute.demo.corpus.segment import Segment, segment

__all__ = ["induction_segment"]

_ONSETS = (
    "b",
    "d",
    "f",
    "g",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "z",
    "br",
    "dr",
    "gr",
    "kl",
    "st",
    "tr",
)
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "", "k", "l", "m", "n", "r", "s", "x")


def _syllable(rng: Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)


def _made_up(rng: Random) -> str:
    return (_syllable(rng) + _syllable(rng)).capitalize()


def induction_segment(rng: Random) -> Segment:
    """A story about made-up names, whose second part comes back (`surname`), or syllables repeated (`repeat`)."""
    if rng.random() < 0.45:
        syllables = [_syllable(rng) for _ in range(rng.randint(4, 9))]
        again = "".join(f"⟨repeat| {s}⟩" for s in syllables)
        return segment("induction", "".join(f" {s}" for s in syllables) + again * rng.randint(1, 2))
    people = [(_made_up(rng), _made_up(rng)) for _ in range(rng.randint(1, 2))]
    sentences = [_about(rng, first, f" {last}") for first, last in people]
    for _ in range(rng.randint(2, 4)):
        first, last = rng.choice(people)
        sentences.append(_about(rng, first, f"⟨surname| {last}⟩"))
    return segment("induction", " ".join(sentences))


def _about(rng: Random, first: str, last: str) -> str:
    ending = rng.choice((
        f"is {rng.choice(w.MOODS)}", f"walked to the {rng.choice(w.PLACES)}", f"bought {rng.choice(w.FOODS)}",
        f"lives in {rng.choice(w.TOWNS)}", f"has {w.a(rng.choice(w.ADJECTIVES))} {rng.choice(w.NOUNS)[0]}",
    ))  # fmt: skip
    return rng.choice(
        (f"{first}{last} {ending}.", f"Then {first}{last} {ending}.", f"Later {first}{last} {ending}.")
    )

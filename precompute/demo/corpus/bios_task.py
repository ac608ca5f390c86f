"""The classifier's biographies: two professions and two genders, with knobs of their own for how loudly each is told."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from random import Random

from precompute.demo.corpus import words as w
from precompute.demo.corpus.biographies import (
    Person,
    both_sentence,
    gender_sentence,
    neutral_sentence,
    profession_sentence,
    random_person,
)
from precompute.demo.corpus.passage import passage
from precompute.demo.corpus.professions import GENDER_WORDS, PROFESSIONS

__all__ = ["Bio", "BioKnobs", "ambiguous_bios", "balanced_bios", "generic_bios", "without_gender_words"]


@dataclass(frozen=True)
class BioKnobs:
    """How loudly gender and profession are told. Calibrated on the original and oracle probes only, with other seeds
    than the demo's (`python -m precompute.demo.knobs`)."""

    profession_noise: float = 0.24
    """Chance that a sentence about the work tells another profession (of all twelve) than the label."""
    sentences: tuple[int, int] = (3, 6)
    gender: float = 2.2
    profession: float = 1.5
    both: float = 2.5
    neutral: float = 0.7
    distractor: float = 0.3
    """Weights of the kinds of sentence; a distractor is about somebody else, of any gender and profession."""
    neutral_opener: float = 0.3
    """Chance that the text opens with a neutral sentence instead of one about the person."""


@dataclass(frozen=True)
class Bio:
    """One text to classify."""

    text: str
    label: int
    """Index into the task's professions."""
    attribute: int
    """0 male, 1 female."""


def _bio(rng: Random, professions: tuple[str, ...], label: int, attribute: int, knobs: BioKnobs) -> Bio:
    person = random_person(rng, attribute, professions[label])
    kinds = (gender_sentence, profession_sentence, both_sentence, neutral_sentence, _distractor)
    weights = (knobs.gender, knobs.profession, knobs.both, knobs.neutral, knobs.distractor)
    order = rng.choices(kinds, weights, k=rng.randint(*knobs.sentences))
    opener = (
        neutral_sentence
        if rng.random() < knobs.neutral_opener
        else rng.choice((gender_sentence, both_sentence))
    )
    sentences = []
    for kind in (opener, *order):
        told = person
        if kind in (profession_sentence, both_sentence) and rng.random() < knobs.profession_noise:
            told = replace(person, profession=PROFESSIONS[rng.choice(tuple(PROFESSIONS))])
        sentences.append(kind(rng, told))
    return Bio(passage("bio", " ".join(sentences)).text, label, attribute)


def _distractor(rng: Random, person: Person) -> str:
    del person
    other = random_person(rng, rng.randrange(2), rng.choice(tuple(PROFESSIONS)))
    return rng.choice((gender_sentence, both_sentence))(rng, other)


def ambiguous_bios(
    professions: tuple[str, str], n: int, seed: int, knobs: BioKnobs | None = None
) -> list[Bio]:
    """n texts in which label and gender say the same: male for the first profession, female for the second."""
    rng = Random(f"ambiguous/{professions}/{seed}")
    return [_bio(rng, professions, k % 2, k % 2, knobs or BioKnobs()) for k in range(n)]


def balanced_bios(
    professions: tuple[str, str], n: int, seed: int, knobs: BioKnobs | None = None
) -> list[Bio]:
    """n texts with equal numbers of the four groups."""
    rng = Random(f"balanced/{professions}/{seed}")
    return [_bio(rng, professions, k % 2, k // 2 % 2, knobs or BioKnobs()) for k in range(n)]


def generic_bios(n: int, seed: int, knobs: BioKnobs | None = None) -> list[Bio]:
    """n texts over all professions (label = index in PROFESSIONS) and both genders, independent: what the annotator reads."""
    rng = Random(f"generic/{seed}")
    professions = tuple(PROFESSIONS)
    return [
        _bio(rng, professions, rng.randrange(len(professions)), rng.randrange(2), knobs or BioKnobs())
        for _ in range(n)
    ]


_GENDERED = re.compile(
    r" ?\b("
    + "|".join(sorted({*GENDER_WORDS, *w.FEMALE_NAMES, *w.MALE_NAMES}, key=len, reverse=True))
    + r")\b"
)


def without_gender_words(text: str) -> str:
    """The text with every pronoun, relation word, title and first name that tells a gender deleted."""
    return _GENDERED.sub("", text)

"""Subject–verb agreement in four structures: sentences for the corpus and contrastive pairs for circuits."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeVar, get_args

from precompute.agreement import pairs as published
from precompute.agreement.pairs import noun_phrase
from precompute.demo.corpus import words as w
from precompute.demo.corpus.passage import Passage, passage

__all__ = ["PARTS", "STRUCTURES", "AgreementPair", "Part", "agreement_pairs", "agreement_passage"]

STRUCTURES = ("simple", "across-pp", "within-rc", "across-rc")
"""The four structures of the paper (§3.3): which verb must agree with which noun, across what."""

_PUBLISHED: dict[str, published.Structure] = dict(zip(STRUCTURES, published.STRUCTURES, strict=True))
"""What the published files call them."""

Part = Literal["found", "tested", "shifted"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What pairs are for. `found`: circuits are found on them. `tested`: they share no noun, verb or preposition
with those. `shifted`: they do not either, begin with a rarer determiner, and the other noun always has the
other number."""

T = TypeVar("T")
_SLOTS = ("verb-singular", "verb-plural")
_TENSES = (("Today", 0), ("Yesterday", 1))
"""An opener fixes the auxiliary: Today → is / are, Yesterday → was / were."""


@dataclass(frozen=True)
class AgreementPair:
    """A clean and a patched prompt that differ in the number of the subject, and the verbs that follow."""

    structure: str
    clean_prefix: str
    patch_prefix: str
    clean_answer: str
    """With its leading blank, one token, like `patch_answer`."""
    patch_answer: str


def _held_out(structure: str, subject: int, other: int, verb: str) -> bool:
    """Whether a combination of nouns (of noun and verb for `simple`) is kept out of the training text."""
    if structure == "simple":
        return (subject * 7 + sum(map(ord, verb)) * 3) % 10 < 3
    return (subject * 7 + other * 3) % 10 == 0


def _verbs(structure: str) -> tuple[tuple[str, str], ...]:
    return w.RC_VERBS if structure == "within-rc" else (*w.AUXILIARIES, *w.MAIN_VERBS)


def _choose(rng: Random, structure: str) -> tuple[int, int, tuple[str, str]]:
    """Indices of the subject and the other noun, and a verb pair, of no combination that is held out."""
    verbs = _verbs(structure)
    if structure != "within-rc":
        verbs = (*w.AUXILIARIES, *verbs)
    while True:
        subject, other = rng.randrange(len(w.NOUNS)), rng.randrange(len(w.NOUNS))
        verb = rng.choice(verbs)
        if subject != other and not _held_out(structure, subject, other, verb[0]):
            return subject, other, verb


def _prefix(structure: str, subject: str, other: str, preposition: str, inner: str) -> str:
    """The words before the verb, without the article that opens the sentence."""
    return f" {noun_phrase(_PUBLISHED[structure], subject, other, preposition, inner)}"


def _ending(rng: Random, verb: str) -> str:
    """What follows a main verb."""
    if verb in ("is", "are", "was", "were"):
        return rng.choice(
            (f" {rng.choice(w.MOODS)}", f" in the {rng.choice(w.PLACES)}", f" {rng.choice(w.ADJECTIVES)}")
        )
    if verb in ("has", "have"):
        return f" {w.a(rng.choice(w.ADJECTIVES))} {rng.choice(w.NOUNS)[0]}"
    return rng.choice((f" in the {rng.choice(w.PLACES)}", f" near the {rng.choice(w.PLACES)}", ""))


def agreement_passage(rng: Random) -> Passage:
    """One to three sentences of any structure, never with a held-out combination."""
    return passage("agreement", " ".join(_sentence(rng) for _ in range(rng.randint(1, 3))))


def _sentence(rng: Random) -> str:
    structure = rng.choice(STRUCTURES)
    subject, other, verbs = _choose(rng, structure)
    number, other_number = rng.randrange(2), rng.randrange(2)
    opener, the = "", rng.choices(w.DETERMINERS, (8, 1, 1))[0]
    if structure != "within-rc" and rng.random() < 0.4:
        word, tense = rng.choice(_TENSES)
        opener, the, verbs = f"{word} ", the.lower(), w.AUXILIARIES[tense]
        if structure == "simple" and _held_out(structure, subject, other, verbs[0]):
            return _sentence(rng)
    inner = rng.choice(w.RC_VERBS)
    slot = _SLOTS[number]
    marked_inner = f"⟨{_SLOTS[other_number]}| {inner[other_number]}⟩"
    prefix = _prefix(
        structure, w.NOUNS[subject][number], w.NOUNS[other][other_number], rng.choice(w.PREPOSITIONS), "\0"
    ).replace(" \0", marked_inner)
    prefix = prefix.replace(" that the", " that⟨relative-the| the⟩")
    verb = f"⟨{slot}| {verbs[number]}⟩"
    if structure != "within-rc":
        return f"{opener}{the}{prefix}{verb}{_ending(rng, verbs[number])}."
    outer = rng.choice((*w.AUXILIARIES, *w.MAIN_VERBS))[other_number]
    return f"{the}{prefix}{verb}⟨{_SLOTS[other_number]}| {outer}⟩{_ending(rng, outer)}."


def agreement_pairs(structure: str, n: int, seed: int, part: Part = "found") -> list[AgreementPair]:
    """n distinct contrastive pairs of one structure, from held-out combinations only; the clean subject has either number.

    Raises ValueError where there are fewer.
    """
    rng = Random(f"{structure}/{part}/{seed}")
    nouns = _half(range(len(w.NOUNS)), part)
    verbs, inner = _half(_verbs(structure), part), _half(w.RC_VERBS, part)
    prepositions = _half(w.PREPOSITIONS, part)
    combinations = [
        (subject, other, verb)
        for subject in nouns for other in nouns for verb in verbs
        if subject != other and _held_out(structure, subject, other, verb[0])
    ]  # fmt: skip
    found: dict[tuple[str, str], AgreementPair] = {}
    for _ in range(100 * n):
        if len(found) == n:
            return list(found.values())
        subject, other, answers = rng.choice(combinations)
        number = rng.randrange(2)
        other_number = 1 - number if part == "shifted" else rng.randrange(2)
        determiner = rng.choice(w.DETERMINERS[1:]) if part == "shifted" else w.DETERMINERS[0]
        preposition, verb = rng.choice(prepositions), rng.choice(inner)[other_number]
        clean, patch = (
            determiner
            + _prefix(structure, w.NOUNS[subject][k], w.NOUNS[other][other_number], preposition, verb)
            for k in (number, 1 - number)
        )
        pair = AgreementPair(structure, clean, patch, f" {answers[number]}", f" {answers[1 - number]}")
        found[clean, pair.clean_answer] = pair
    raise ValueError(f"{structure} has only {len(found)} held-out pairs, not {n}")


def _half(things: Sequence[T], part: Part) -> Sequence[T]:
    """Every other thing: circuits are tested on words that they were not found on."""
    return things[0::2] if part == "found" else things[1::2]

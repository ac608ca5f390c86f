"""Pairs of one structure: the subject's number differs, the verb that follows must agree with it (§3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal, TypeVar, get_args

from explorer_engine.errors import InputError
from precompute.agreement.words import Words

__all__ = ["STRUCTURES", "Structure", "agreement_pairs", "halves", "noun_phrase"]

Structure = Literal["simple", "nounpp", "within_rc", "rc"]
"""As the published files are called; nounpp: across a prepositional phrase, within_rc and rc: within a
relative clause and across one."""
STRUCTURES: tuple[Structure, ...] = get_args(Structure)
_NUMBERS = ("singular", "plural")

T = TypeVar("T")


def agreement_pairs(words: Words, structure: Structure, n: int, seed: int) -> list[dict[str, str]]:
    """n different pairs in the published files' form; `case` is the subject's number, and the other noun's.

    Raises InputError where the words make fewer.
    """
    rng = Random(f"{structure}/{seed}")
    found: dict[str, dict[str, str]] = {}
    enough = len(words.people) > 1 and words.things and words.auxiliaries and words.verbs
    enough = enough and words.prepositions
    for _ in range(100 * n if enough else 0):
        if len(found) == n:
            break
        subject, other = rng.sample(words.people, 2)
        if structure == "nounpp":
            other = rng.choice(words.things)
        verb, inner = rng.choice(words.auxiliaries), rng.choice(words.verbs)
        number, others = rng.randrange(2), rng.randrange(2)
        between = rng.choice(words.prepositions)
        clean, patch = (
            f"The {noun_phrase(structure, subject[k], other[others], between, inner[others])}"
            for k in (number, 1 - number)
        )
        case = [_NUMBERS[number]] if structure == "simple" else [_NUMBERS[number], _NUMBERS[others]]
        if structure == "within_rc":  # named in the order of the words
            case.reverse()
        found[f"{clean} {verb[0]}"] = {
            "clean_prefix": clean,
            "patch_prefix": patch,
            "clean_answer": f" {verb[number]}",
            "patch_answer": f" {verb[1 - number]}",
            "case": "_".join(case),
        }
    if len(found) < n:
        kinds = ("people", "things", "auxiliaries", "verbs", "prepositions")
        there = ", ".join(f"{len(getattr(words, kind))} {kind}" for kind in kinds)
        raise InputError(
            f"{structure}: {len(found)} pairs instead of {n} can be made of words that are one token here "
            f"({there}): ask for fewer"
        )
    return list(found.values())


def halves(words: Words) -> tuple[Words, Words]:
    """Two sets that have only auxiliaries in common: to find circuits on one and test them on the other."""

    def half(things: Sequence[T], k: int) -> tuple[T, ...]:
        return tuple(things[k::2])

    first, second = (
        Words(
            half(words.people, k), half(words.things, k), words.auxiliaries, half(words.verbs, k),
            half(words.prepositions, k),
        )
        for k in (0, 1)
    )  # fmt: skip
    return first, second


def noun_phrase(structure: Structure, subject: str, other: str, preposition: str, inner: str) -> str:
    """The words between the article that opens the sentence and the verb."""
    match structure:
        case "simple":
            return subject
        case "nounpp":
            return f"{subject} {preposition} the {other}"
        case "within_rc":
            return f"{other} that the {subject}"
        case "rc":
            return f"{subject} that the {other} {inner}"

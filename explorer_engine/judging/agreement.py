"""How far people agree who judged the same features: shares and coefficients of nominal votes.

A vote is one person's choice for one feature; a feature counts where at least two people chose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import krippendorff
import numpy as np

__all__ = ["Alpha", "Pair", "agreed", "alpha", "disputed", "kappa", "pairs"]

Votes = Mapping[str, Mapping[str, str]]
"""Feature → person → choice."""


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha with the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Pair:
    """Two people on the features that both judged."""

    one: str
    other: str
    n: int
    agreed: float
    """Share of these features on which both chose the same."""
    kappa: float | None
    """Cohen's; None where it is not defined."""


def disputed(votes: Votes) -> list[str]:
    """The features on which not all chose the same."""
    return [feature for feature, said in votes.items() if len(set(said.values())) > 1]


def agreed(votes: Votes) -> float | None:
    """Share of pairs of votes on the same feature that are the same; None where nobody shared a feature."""
    same = total = 0
    for said in votes.values():
        n = len(said)
        total += n * (n - 1)
        same += sum(count * (count - 1) for count in Counter(said.values()).values())
    return same / total if total else None


def kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Cohen's kappa of two people's choices on the same features (Cohen 1960): (p_o − p_e) / (1 − p_e).

    None where there are none, or where both always made one and the same choice: chance explains all then.
    ValueError where the lists differ in length.
    """
    n = len(one)
    if not n:
        return None
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / n
    of_one, of_other = Counter(one), Counter(other)
    expected = sum(of_one[choice] * of_other[choice] for choice in of_one) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def pairs(votes: Votes) -> list[Pair]:
    """Every two people who share a feature, by name."""
    people = sorted({person for said in votes.values() for person in said})
    found = []
    for one, other in combinations(people, 2):
        both = [(said[one], said[other]) for said in votes.values() if one in said and other in said]
        if both:
            first, second = zip(*both, strict=True)
            same = sum(a == b for a, b in both) / len(both)
            found.append(Pair(one, other, len(both), same, kappa(first, second)))
    return found


def alpha(votes: Votes, draws: int = 1000, seed: int = 0) -> Alpha | None:
    """Krippendorff's alpha of nominal votes, and the middle 95 % of it over features drawn with replacement.

    None where it is not defined: nobody shared a feature, or all votes are the same. Draws in which it is not
    defined are left out. Source: Krippendorff, Content Analysis, 2004, chapter 11.
    """
    choices = sorted({choice for said in votes.values() for choice in said.values()})
    shared = [Counter(said.values()) for said in votes.values() if len(said) > 1]
    counts = np.array([[said[choice] for choice in choices] for said in shared], dtype=int)
    value = _alpha(counts)
    if value is None:
        return None
    draw = np.random.default_rng(seed)
    found = [_alpha(counts[draw.integers(len(counts), size=len(counts))]) for _ in range(draws)]
    low, high = np.quantile([one for one in found if one is not None], [0.025, 0.975])
    return Alpha(value, float(low), float(high))


def _alpha(counts: np.ndarray) -> float | None:
    """Of votes by feature and choice [features, choices]."""
    if counts.size == 0 or np.count_nonzero(counts.sum(0)) < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))

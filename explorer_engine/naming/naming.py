"""Naming a feature: its pattern found on half of its contexts, tested on the others, and put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer_engine.dashboards.values import FeatureContext, FeatureFigures
from explorer_engine.naming.classes import Classes, token_classes
from explorer_engine.naming.evidence import Evidence, halves, seen
from explorer_engine.naming.options import NamingOptions
from explorer_engine.naming.scoring import score
from explorer_engine.naming.search import find_pattern
from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import Name
from explorer_engine.naming.wording import promotes, worded

__all__ = ["Background", "background", "name_feature"]


@dataclass(frozen=True, eq=False)
class Background:
    """What all features of a world are named by."""

    texts: Texts
    numbers: Mapping[int, int]
    """Document id → its number in `texts`."""
    classes: Classes
    finding: np.ndarray
    """Places at which patterns should not hold, unless the feature is active there."""
    testing: np.ndarray
    """Others, to test patterns."""


def background(
    documents: Mapping[int, Sequence[int]], words: Sequence[str], options: NamingOptions
) -> Background:
    """Of documents by id and the texts of the vocabulary's tokens; the same for the same seed."""
    texts = Texts(list(documents.values()), words)
    drawn = np.random.default_rng(options.seed).permutation(texts.places)[: 2 * options.sample]
    half = -(-len(drawn) // 2)
    numbers = {document: number for number, document in enumerate(documents)}
    return Background(texts, numbers, token_classes(texts), drawn[:half], drawn[half:])


def name_feature(
    figures: FeatureFigures, contexts: Sequence[FeatureContext], by: Background, options: NamingOptions
) -> Name | None:
    """A feature's name by its pattern, after Neuron2Graph (Foote et al., 2023); None with too few contexts.

    The pattern is found on half of the contexts and scored on the others, which are of other documents. Its
    text is None where the score is below the bar.
    """
    mine, others = halves(contexts)
    if len(contexts) < options.contexts or not others:
        return None
    least = options.active * max(context.activation for context in mine)
    evidence = seen(mine, by.texts, by.numbers)
    density = _density(figures, least)
    pattern = find_pattern(evidence, by.texts, by.classes, by.finding, least, density)
    found = score(pattern, seen(others, by.texts, by.numbers), by.texts, by.testing, least, density)
    if not pattern.rules or found.accuracy < options.bar or found.correlation < options.correlation:
        return Name(None, pattern, found)
    told = _promoted(figures, evidence, least, by)
    return Name(worded(pattern, by.texts, told), pattern, found)


def _density(figures: FeatureFigures, least: float) -> float:
    """Share of the tokens on which it is at least so active, by its histogram."""
    bins = np.array(figures.histogram)
    if not bins.sum() or figures.maximum <= 0:
        return figures.density
    first = min(int(np.ceil(least / figures.maximum * len(bins))), len(bins) - 1)
    return figures.density * float(bins[first:].sum() / bins.sum())


def _promoted(figures: FeatureFigures, evidence: Evidence, least: float, by: Background) -> list[int]:
    active = evidence.activation >= least
    following = by.texts.tokens[evidence.places[active] + 1]
    return promotes([token for token, _ in figures.promoted], following, evidence.activation[active])

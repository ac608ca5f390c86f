"""Texts of a grammar small enough to know by heart, and contexts of features whose cause is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from explorer_engine.dashboards.values import FeatureContext, FeatureFigures
from explorer_engine.naming.naming import Background, background
from explorer_engine.naming.options import NamingOptions
from explorer_engine.sites import FeatureRef

SINGULAR, PLURAL = (" cat", " dog", " bird", " fox"), (" cats", " dogs", " birds", " foxes")
SEES, RUNS = (" sees", " likes", " fears", " hears"), (" runs", " sleeps", " sings", " waits")
END = "<|endoftext|>"
WORDS = (END, ".", " the", " that", "The", "She", "He", *SINGULAR, *PLURAL, *SEES, *RUNS)
ID = {word: token for token, word in enumerate(WORDS)}
OPTIONS = NamingOptions()
REF = FeatureRef.parse("resid_0/3")

Cause = Callable[[Sequence[str], int], float]
"""The words of a document and a position → the activation there."""


def documents(n: int = 300) -> dict[int, list[int]]:
    """Four times a text about a person and an animal, and one about animals with a relative clause."""
    draw = np.random.default_rng(1)

    def one(*words: str) -> str:
        return str(draw.choice(words))

    found = {}
    for number in range(n):
        words: list[str] = []
        for _ in range(4):
            words += [one("She", "He"), one(*SEES), " the", one(*SINGULAR, *PLURAL), "."]
            words += ["The", one(*SINGULAR, *PLURAL), one(*RUNS), "."]
            words += [END, "The", one(*SINGULAR, *PLURAL), " that", " the", one(*SINGULAR, *PLURAL)]
            words += [one(*SEES), one(*RUNS), ".", END]
        found[number] = [ID[word] for word in words]
    return found


def world() -> tuple[dict[int, list[int]], Background]:
    """The documents, and what features are named by."""
    texts = documents()
    return texts, background(texts, WORDS, OPTIONS)


def feature(
    texts: dict[int, list[int]], cause: Cause, promoted: Sequence[str] = ()
) -> tuple[FeatureFigures, list[FeatureContext]]:
    """Figures and 20 contexts, as dashboards keep them, of a feature that is active where `cause` says so."""
    active = {}
    for document, tokens in texts.items():
        words = [WORDS[token] for token in tokens]
        active[document] = [float(cause(words, k)) for k in range(len(words))]
    places = [(d, k) for d, values in active.items() for k, value in enumerate(values) if value > 0]
    chosen = [places[int(i)] for i in np.linspace(0, len(places) - 1, 20)]
    contexts = []
    for rank, (document, position) in enumerate(chosen):
        values = active[document]
        first = max(0, min(position - 15, len(values) - 24))
        window = values[first : first + 24]
        shades = tuple(round(255 * value / max(window)) for value in window)
        place = (document, position, values[position], first, max(window))
        contexts.append(FeatureContext(REF, 0, rank, *place, shades))
    density = len(places) / sum(map(len, texts.values()))
    told = tuple((ID[word], 1.0) for word in promoted)
    return FeatureFigures(REF, density, 1.0, (0,) * 39 + (len(places),), (), told, ()), contexts

"""How well a pattern says where a feature is active, on contexts that it was not found on."""

from __future__ import annotations

import numpy as np

from explorer_engine.naming.evidence import Evidence
from explorer_engine.naming.matching import predicted
from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import Pattern, Score

__all__ = ["score"]


def score(
    pattern: Pattern, held_out: Evidence, texts: Texts, sample: np.ndarray, least: float, density: float
) -> Score:
    """Detection and correlation on held-out windows and on as many places of a `sample` of the documents.

    A place counts as active from the activation `least` on; weaker ones count only for the correlation.
    Places of the sample are taken to be silent, but for as many of those at which the pattern holds as the
    feature is active on by its `density`: these are left out.
    """
    elsewhere = sample[: len(held_out.places)]
    expected = round(density * len(elsewhere))
    told = np.flatnonzero(predicted(pattern, texts, elsewhere) > 0)
    elsewhere = np.delete(elsewhere, told[:expected])
    places = np.concatenate([held_out.places, elsewhere])
    true = np.concatenate([held_out.activation, np.zeros(len(elsewhere))])
    guess = predicted(pattern, texts, places)
    told, active, silent = guess > 0, true >= least, true <= 0
    hits = told[active].mean() if active.any() else 0.0
    passes = (~told[silent]).mean() if silent.any() else 0.0
    varies = guess.std() > 0 and true.std() > 0
    correlation = float(np.corrcoef(guess, true)[0, 1]) if varies else 0.0
    return Score(float(hits + passes) / 2, correlation, len(np.unique(held_out.document)))

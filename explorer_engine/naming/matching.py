"""Where patterns hold, and how strongly they expect a feature to be active there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import EARLIER, Condition, Pattern

__all__ = ["holds", "predicted"]


def holds(conditions: Iterable[Condition], texts: Texts, places: np.ndarray) -> np.ndarray:
    """[n] bool: whether in all slots one of the conditions' tokens stands."""
    held = np.ones(len(places), dtype=bool)
    for condition in conditions:
        wanted = np.zeros(texts.boundary + 2, dtype=bool)  # the last is that of −1: nothing stands there
        wanted[list(condition.tokens)] = True
        found = wanted[texts.at(places[held], condition.slot)]
        held[held] = found.any(1) if condition.slot == EARLIER else found
    return held


def predicted(pattern: Pattern, texts: Texts, places: np.ndarray) -> np.ndarray:
    """[n] expected activation: that of the strongest rule that holds, else 0."""
    found = np.zeros(len(places))
    for rule in pattern.rules:
        held = holds(rule.conditions, texts, places)
        found[held] = np.maximum(found[held], rule.activation)
    return found

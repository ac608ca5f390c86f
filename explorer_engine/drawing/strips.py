"""Contexts of a feature, one line each, with the strongest token in sight."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.text import num
from explorer_engine.drawing.tokens import strip
from explorer_engine.store.values import TokenStrip

__all__ = ["peak_text", "strips"]

_BEFORE_PEAK = 30
"""Characters shown before the strongest token of a context."""


def peak_text(value: float) -> str:
    """An activation as short as the gutter beside a context."""
    return num(value) if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def strips(found: Sequence[TokenStrip], peak: float) -> Html:
    """Contexts, one line each, shaded against the feature's maximum."""
    return joined(_strip(s, peak) for s in found)


def _strip(found: TokenStrip, peak: float) -> Html:
    """One context, cut at the left so that its strongest token is on the line."""
    first = found.peak
    while first > 0 and sum(map(len, found.tokens[first - 1 : found.peak])) <= _BEFORE_PEAK:
        first -= 1
    return strip(found.tokens[first:], found.activations[first:], peak, lead=peak_text(found.maximum))

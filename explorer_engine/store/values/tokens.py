"""Tokens with shares, weights and activations, already decoded to text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TokenShare", "TokenWeight", "TokenStrip", "ContextBin"]


@dataclass(frozen=True)
class TokenShare:
    """A token and its share of a distribution, in [0, 1]."""

    text: str
    share: float


@dataclass(frozen=True)
class TokenWeight:
    """A token and a signed number: a logit, a change of log p (nats), an activation."""

    text: str
    weight: float


@dataclass(frozen=True)
class TokenStrip:
    """A stretch of a document with a feature's activation on each token."""

    tokens: tuple[str, ...]
    activations: tuple[float, ...]
    """Same length as `tokens`; exact to 1/255 of the largest."""
    peak: int
    """Index of the token that the context is shown for; in the top bin the strongest of its document."""
    maximum: float
    """Activation on that token, exact."""
    document: int
    position: int
    """Position of that token in the document."""


@dataclass(frozen=True)
class ContextBin:
    """The contexts of one stretch of a feature's activation range."""

    bin: int
    """0 = top, 1 = 75–100 %, 2 = 50–75 %, 3 = 25–50 %, 4 = 0–25 % of the active tokens, by quantile."""
    name: str
    """"top", "75–100", …"""
    low: float
    high: float
    """Range of the peak activations shown."""
    strips: tuple[TokenStrip, ...]

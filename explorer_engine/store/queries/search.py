"""What a person types into a search box, taken apart: a feature's name, or words."""

from __future__ import annotations

import re

__all__ = ["feature_in", "words"]

_FEATURE = re.compile(r"\s*(embed|(?:attn|mlp|resid)_\d+)/(\d+)\s*$")
_MOST_WORDS = 6


def feature_in(text: str) -> tuple[str, int] | None:
    """`"resid_2/31"` → ("resid_2", 31); None when the text is not a feature's name."""
    match = _FEATURE.match(text.lower())
    # A number beyond a dictionary's reach is a name that nothing has, and must still fit the column's type.
    return (match[1], min(int(match[2]), 2**31 - 1)) if match else None


def words(text: str) -> list[str]:
    """Lower-case words of a query, at most six; quotation, escapes and wildcards have no meaning."""
    return text.replace("␣", " ").lower().split()[:_MOST_WORDS]

"""What a person types to narrow a list, taken apart: a feature's name, or the beginnings of words."""

from __future__ import annotations

import re

from explorer_engine.sites import FeatureRef

__all__ = ["begins", "feature_in"]


def feature_in(text: str) -> tuple[str, int] | None:
    """`"resid_2/31"` → ("resid_2", 31); None when the text is not a feature's name."""
    try:
        found = FeatureRef.parse(text.strip().lower())
    except ValueError:  # another text, or a number with thousands of digits
        return None
    # A number beyond a dictionary's reach is a name that nothing has, and must still fit the column's type.
    return None if isinstance(found.index, str) else (str(found.site), min(found.index, 2**31 - 1))


def begins(word: str) -> str:
    """The regular expression, in DuckDB's own words, of a text in small letters in which a word begins with
    `word`: `her` is in *herself* and not in *teacher*."""
    return (r"(^|[^\pL\pN_])" if word[0].isalnum() or word[0] == "_" else "") + re.escape(word)

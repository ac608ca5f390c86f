"""What a person types into a search box, taken apart: a feature's name, or words."""

from __future__ import annotations

from explorer_engine.sites import FeatureRef

__all__ = ["feature_in", "words"]

_MOST_WORDS = 6


def feature_in(text: str) -> tuple[str, int] | None:
    """`"resid_2/31"` → ("resid_2", 31); None when the text is not a feature's name."""
    try:
        found = FeatureRef.parse(text.strip().lower())
    except ValueError:  # another text, or a number with thousands of digits
        return None
    # A number beyond a dictionary's reach is a name that nothing has, and must still fit the column's type.
    return None if isinstance(found.index, str) else (str(found.site), min(found.index, 2**31 - 1))


def words(text: str) -> list[str]:
    """Lower-case words of a query, at most six; quotation, escapes and wildcards have no meaning."""
    return text.replace("␣", " ").lower().split()[:_MOST_WORDS]

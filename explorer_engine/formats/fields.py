"""Single values of a stranger's JSON file: of the type and in the range that is expected, or told by name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from explorer_engine.errors import InputError

__all__ = ["entries", "number", "one_of", "text", "whole_number"]

_MOST = 1 << 62
_LONGEST = 4000
_HALF = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no file can hold."""


def entries(value: Any, where: str) -> list[Any]:
    """A list; `where` names the file and the field. Raises InputError for anything else, as all of these."""
    if isinstance(value, list):
        return value
    raise _unlike(value, where, "a list")


def text(value: Any, where: str) -> str:
    """A text of at most 4000 characters."""
    if isinstance(value, str) and len(value) <= _LONGEST and not _HALF.search(value):
        return value
    raise _unlike(value, where, f"a text of at most {_LONGEST} characters")


def number(value: Any, where: str, least: float = -math.inf) -> float:
    """A finite number, not below `least`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = float(value) if abs(value) < 1e300 else math.inf
        if math.isfinite(found) and found >= least:
            return found
    raise _unlike(value, where, "a number" + ("" if least == -math.inf else f" of {least:g} or more"))


def whole_number(value: Any, where: str) -> int:
    """A whole number of 0 or more."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    raise _unlike(value, where, "a whole number of 0 or more")


def one_of(value: Any, where: str, choices: Sequence[str]) -> str:
    """One of some words."""
    if isinstance(value, str) and value in choices:
        return value
    raise _unlike(value, where, " or ".join(choices))


def _unlike(value: Any, where: str, expected: str) -> InputError:
    said = ascii(value) if isinstance(value, (str, int, float)) or value is None else type(value).__name__
    said = said if len(said) <= 60 else f"{said[:57]}…"
    return InputError(f"{where} is {said}: expected {expected}: make the file again")

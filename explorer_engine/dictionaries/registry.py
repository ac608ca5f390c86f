"""The kinds of dictionary by name, so that a file's `kind` finds its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.errors import InputError
from explorer_engine.imports import import_all

__all__ = ["build", "class_of", "kinds", "register"]

D = TypeVar("D", bound=Dictionary)
_KINDS: dict[str, type[Dictionary]] = {}


def register(cls: type[D]) -> type[D]:
    """Class decorator: make a class known under its `kind`; raises InputError when the name is taken."""
    if cls.kind in _KINDS:
        raise InputError(f"dictionary kind {cls.kind!r} is registered twice: give the second another name")
    _KINDS[cls.kind] = cls
    return cls


def kinds() -> tuple[str, ...]:
    """The names of all known kinds, sorted: those of the files in `kinds/`, and what was registered since."""
    import_all("explorer_engine.dictionaries.kinds")
    return tuple(sorted(_KINDS))


def class_of(kind: str) -> type[Dictionary]:
    """The class of a kind; raises InputError when it is unknown."""
    if kind not in kinds():
        raise InputError(f"dictionary kind {kind!r} is unknown: expected one of {', '.join(kinds())}")
    return _KINDS[kind]


def build(kind: str, state: Mapping[str, Tensor], settings: Mapping[str, str]) -> Dictionary:
    """A dictionary from what `state()` and `settings()` gave.

    Raises InputError for an unknown kind, a missing tensor and settings that the kind cannot read.
    """
    cls = class_of(kind)
    try:
        return cls.restore(state, settings)
    except KeyError as missing:
        raise InputError(f"{missing} is missing from a {kind} dictionary: write the file again") from None
    except ValueError as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(f"settings of a {kind} dictionary: {problem}: write the file again") from None

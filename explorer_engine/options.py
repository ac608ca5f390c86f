"""What classes of options share: each checks its own values when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from explorer_engine.errors import InputError

__all__ = ["check_at_least", "check_choice", "check_choices", "choices_of"]


@cache
def choices_of(options: type) -> dict[str, tuple[Any, ...]]:
    """The values that each field of type `Literal` can take, by field."""
    hints = get_type_hints(options)
    return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}


def check_choices(options: Any) -> None:
    """Raises InputError that names the first field whose value is no choice of its, and what they are."""
    for name, choices in choices_of(type(options)).items():
        check_choice(name, getattr(options, name), choices)


def check_choice(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raises InputError that names what was to be chosen, what was given, and what there is."""
    if value in choices:
        return
    near = get_close_matches(str(value), map(str, choices), n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    *most, last = map(str, choices)
    raise InputError(f"{_words(name)} {value!r}: expected {', '.join(most)} or {last}{hint}")


def check_at_least(options: Any, least: float, *names: str) -> None:
    """Raises InputError for a field that is below `least` or not a finite number; None is let through."""
    for name in names:
        value = getattr(options, name)
        if value is not None and not least <= value < float("inf"):
            raise InputError(f"{_words(name)} {value}: must be {least:g} or more")


def _words(name: str) -> str:
    return name.replace("_", " ")

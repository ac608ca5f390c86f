"""Fields of a recipe given on a command line, as its file would write them: behaviours.clusters=8."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar

from explorer_engine.errors import InputError
from precompute.recipe.commented import commented
from precompute.recipe.recipe import Recipe
from precompute.recipe.tables import value_of

__all__ = ["changed"]

R = TypeVar("R", bound=Recipe)


def changed(recipe: R, given: Sequence[str]) -> R:
    """The recipe with other values of some fields, each FIELD=VALUE; `classifiers.draws=1` is of every one.

    Raises InputError for what is no TOML, an unknown field and a value that the recipe refuses.
    """
    table = tomllib.loads(commented(recipe, ""))
    del table["kind"]
    for setting in given:
        try:
            table = _merged(table, tomllib.loads(setting))
        except tomllib.TOMLDecodeError:
            raise InputError(f"--set {setting}: give FIELD=VALUE as TOML, a text in quotes") from None
    try:
        return value_of(type(recipe), table)
    except InputError as problem:
        raise InputError(f"--set {problem}") from None


def _merged(old: Any, new: Any) -> Any:
    """A value with another in its place: of tables only what the other says, in each of several."""
    match old, new:
        case dict(), dict():
            return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
        case [dict(), *_], dict():
            return [_merged(entry, new) for entry in old]
    return new

"""From a TOML file to frozen dataclasses: every field checked, an unknown one told with the nearest known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable
from explorer_engine.options import check_choice
from precompute.recipe.kinds import kind_of
from precompute.recipe.recipe import Recipe

__all__ = ["read_recipe", "value_of"]

T = TypeVar("T")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; raises InputError naming the file, the field and what is wrong with it."""
    try:
        table = tomllib.loads(check_readable(path).read_text("utf-8"))
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}: make a recipe with precompute init") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: not TOML: {problem}") from None
    try:
        return value_of(kind_of(table.pop("kind", "world")), table)
    except InputError as problem:
        raise InputError(f"{path}: {problem}") from None


def value_of(kind: type[T], table: Mapping[str, Any], where: str = "") -> T:
    """The dataclass of a table; `where` is the table's own name.

    Raises InputError for an unknown field, one of another type, one that lacks, and for values that the class
    refuses.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    for name in table:
        if name not in known:
            raise InputError(_unknown(_dotted(where, name), name, list(known)))
    for name, field in known.items():
        if name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{_dotted(where, name)} is missing: it has no default")
    given = {name: _field(hints[name], value, _dotted(where, name)) for name, value in table.items()}
    try:
        return kind(**given)
    except InputError as problem:
        raise InputError(f"[{where}] {problem}" if where else str(problem)) from None


def _field(hint: Any, value: Any, where: str) -> Any:
    """A value of a table as its field's type."""
    if get_origin(hint) in (Union, UnionType):
        kinds = [part for part in get_args(hint) if part is not NoneType]
        hint = next((kind for kind in kinds if _fits(kind, value)), kinds[0])
    if get_origin(hint) is Literal:
        check_choice(where, value, get_args(hint))
        return value
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, where)
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise InputError(f"{where} is {value!r}: give a table, [{where}]")
        return value_of(hint, value, where)  # type: ignore[arg-type]
    if not _fits(hint, value):
        raise InputError(f"{where} is {value!r:.60}: give {_WORDS.get(hint, hint.__name__)}")
    if hint is str and "\0" in value:
        raise InputError(f"{where} is {value!r:.60}: it holds NUL: correct it")
    if hint in (int, float) and not abs(value) < _MOST:
        raise InputError(f"{where} is {value!r:.60}: give a number that is not so large")
    return hint(value)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise InputError(f"{where} is {value!r}: give a list, [ … ]")
    if kinds[-1] is not Ellipsis and len(value) != len(kinds):
        raise InputError(f"{where} has {len(value)} entries: give {len(kinds)}")
    each = [kinds[0]] * len(value) if kinds[-1] is Ellipsis else kinds
    return tuple(
        _field(kind, item, f"{where}[{k}]") for k, (kind, item) in enumerate(zip(each, value, strict=True))
    )


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}


_MOST = 1 << 53
"""Numbers from here on are not kept exactly by all that read them."""


def _fits(kind: Any, value: Any) -> bool:
    match kind:
        case _ if kind is bool:
            return isinstance(value, bool)
        case _ if kind is int:
            return isinstance(value, int) and not isinstance(value, bool)
        case _ if kind is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _ if kind is str:
            return isinstance(value, str)
    return isinstance(value, list if get_origin(kind) is tuple else Mapping)


def _unknown(name: str, bare: str, known: list[str]) -> str:
    near = get_close_matches(bare, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"the fields there are {', '.join(known)}"
    return f"{name}: no such field: {hint}"


def _dotted(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name

"""From a recipe to TOML: every field with its value and, above it, what it means."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from precompute.options import docs_of
from precompute.recipe.recipe import Recipe

__all__ = ["commented", "literal"]

_WIDTH = 100


def commented(recipe: Recipe, kind: str) -> str:
    """The file of a recipe of a kind, without the tables that change nothing; reading it back gives an equal
    recipe, but for these."""
    head = [*_comment(type(recipe).__doc__ or ""), f'kind = "{kind}"', ""]
    return "\n".join([*head, *_table(recipe, "", recipe.unused)]).rstrip() + "\n"


def _table(value: Any, name: str, unused: Collection[str] = ()) -> Iterator[str]:
    """The lines of a table: its own values first, then the tables inside it, without the `unused`."""
    docs = docs_of(type(value))
    inner: list[tuple[str, Any]] = []
    for field in (field for field in fields(value) if field.name not in unused):
        own, below = getattr(value, field.name), f"{name}.{field.name}" if name else field.name
        if is_dataclass(own) or (isinstance(own, tuple) and own and is_dataclass(own[0])):
            inner.append((below, own))
            continue
        if docs[field.name]:
            yield from _comment(docs[field.name])
        if own is None or (own == () and is_dataclass(_entry(type(value), field.name))):
            yield f"# {field.name} ="
        else:
            yield f"{field.name} = {literal(own)}"
    for below, own in inner:
        doc = docs[below.rpartition(".")[2]]
        for entry in own if isinstance(own, tuple) else (own,):
            yield ""
            yield from _comment(doc)
            yield f"[[{below}]]" if isinstance(own, tuple) else f"[{below}]"
            yield from _table(entry, below)


def _entry(kind: type, name: str) -> Any:
    """The type of a tuple field's entries."""
    return next(iter(get_args(get_type_hints(kind)[name])), None)


def _comment(text: str) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + len(word) > _WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    if line != "#":
        yield line


def literal(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(k)} = {literal(v)}' for k, v in value.items())} }}"
    return repr(value)

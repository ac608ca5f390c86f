"""`python -m precompute.recipe.document`: writes docs/recipes.md from the docstrings under the fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from precompute.options import docs_of
from precompute.recipe.commented import literal
from precompute.world.recipe import WorldRecipe

__all__ = ["document"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"
INTRODUCTION = """\
# Recipes

A recipe is a TOML file that decides a world: model, dictionaries, text, and how behaviours and circuits are
found. `python -m precompute init` writes one with every field and its value, fitted to the model and text
that you name; what you leave out of a recipe has the value told here. A misspelt field is an error that names
the nearest known one. Paths are as seen from the folder that a command is started in.

    python -m precompute init RECIPE.toml --model M [--dictionaries D] --text T [--pairs FILE ...]
                                          [--clusters FILE ...] [--classifier FILE ...]
                                          [--set FIELD=VALUE ...]
    python -m precompute plan RECIPE.toml [--work DIR] [--set FIELD=VALUE ...]
    python -m precompute run RECIPE.toml [--out DIR] [--work DIR] [--only STAGE] [--set FIELD=VALUE ...]
                                         [--engine local|ray] [--workers N] [--address A]
    python -m precompute status RECIPE.toml [--work DIR] [--set FIELD=VALUE ...]
    python -m precompute validate DIR|FILE

`run` can be killed anywhere: started again it goes on with the first piece of work that is not finished, and
after a change of the recipe it does again only what the change touches. The same recipe gives the same store,
row for row, on the same machine, whatever the number of workers. `--engine ray` takes
`pip install -r requirements-cluster.txt`; with `--address` the machines of a cluster must see the code, the
work folder, model, dictionaries and text at the same paths.

`--set` gives fields other values than the file does, as the file would write them: `text.documents=500`, a
text in quotes; `classifiers.draws=1` is of every one. Give such a run a `--work` and an `--out` of its own.

Recipes that come with the product lie in `precompute/recipes/`. This page is made from the code:
`python -m precompute.recipe.document`.
"""


def document() -> str:
    """The page: an introduction, then a table of fields for each table of a recipe."""
    return "\n".join([INTRODUCTION, *_section(WorldRecipe, "")]).rstrip() + "\n"


def _section(kind: type, name: str) -> Iterator[str]:
    docs, hints = docs_of(kind), get_type_hints(kind)
    inner = []
    yield from ["| field | default | |", "|---|---|---|"]
    for field in fields(kind):
        below = f"{name}.{field.name}" if name else field.name
        hint = hints[field.name]
        table = next((part for part in (hint, *get_args(hint)) if is_dataclass(part)), None)
        if table is not None:
            inner.append((below, table, docs[field.name], hint is not table))
        else:
            said = docs[field.name].replace("|", r"\|")
            yield f"| `{field.name}` | {_default(field)} | {said} |"
    for below, table, doc, several in inner:
        yield from ["", f"## {f'[[{below}]]' if several else f'[{below}]'}", "", doc, ""]
        yield from _section(table, below)


def _default(field: Field[Any]) -> str:
    if field.default is not MISSING:
        return "" if field.default is None else f"`{literal(field.default)}`"
    return "" if field.default_factory is not MISSING else "needed"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")

"""`python -m explorer_engine.store.document`: writes docs/store.md from the comments in the SQL files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb

from explorer_engine.store.schema import DERIVED, KEYS, REFERENCES, SCHEMA, Column, columns, current_version

__all__ = ["document"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "store.md"
INTRODUCTION = """\
# The store's tables

A world's `world.duckdb` holds what the offline jobs computed; this page is of schema version {version}. It
is an ordinary DuckDB file. Open it read-only: publishing puts a new file in its place, and never changes
one.

```python
import duckdb

store = duckdb.connect("assets/demo/world.duckdb", read_only=True)
strongest = "SELECT id, effect FROM circuit_node WHERE circuit = ? ORDER BY abs(effect) DESC LIMIT 5"
for circuit, title in store.execute("SELECT id, title FROM circuit WHERE kind = 'contrast'").fetchall():
    print(title, store.execute(strongest, [circuit]).fetchall())
```

Feature 12 of the dictionary at `resid_3` is the row (`resid_3`, 12), and `resid_3/12` on pages. A context
is a pointer (document, position), never repeated text. Positions, features and tokens count from 0
(DuckDB's lists from 1). *NULL* marks the columns that may be empty.

Jobs write rows as Parquet shards, a folder a table; publishing loads them, refuses a key that occurs twice
and a reference to nothing, and adds the tables of the last section. `python -m precompute validate DIR`
checks a world or a folder of shards. A store of an older version is brought to this one when its world is
opened. What people said lies in files of its own (`explorer_engine/store/migrations/judgements/`).

This page is made from `artefacts.sql`, `derived.sql` and `schema.py` in `explorer_engine/store/`:
`python -m explorer_engine.store.document`.
"""
DERIVED_HEAD = """
## What publishing adds

| table | columns | |
|---|---|---|"""


@dataclass
class _Table:
    """A CREATE TABLE as its file words it."""

    name: str
    said: str
    """The comment above it, or behind its opening bracket."""
    lines: list[tuple[list[str], str]] = field(default_factory=list)
    """Columns that a line of the file declares, and the line's comment."""

    def add(self, names: list[str], said: str) -> None:
        """Take in a line: its columns and its comment."""
        if names:
            self.lines.append((names, said))
        elif said and self.lines:
            of, before = self.lines[-1]
            self.lines[-1] = of, f"{before} {said}".lstrip()
        elif said:
            self.said = f"{self.said} {said}".lstrip()


def document() -> str:
    """The page: an introduction, the tables that jobs write, those that publishing adds."""
    page = [INTRODUCTION.format(version=current_version())]
    for table in _tables(SCHEMA):
        if table.name in columns():
            page += [f"## {table.name}", "", *_section(table, columns()[table.name]), ""]
    page.append(DERIVED_HEAD.lstrip())
    for table in _tables(DERIVED):
        page.append(f"| `{table.name}` | {_names(_derived()[table.name])} | {table.said} |")
    return "\n".join(page) + "\n"


def _section(table: _Table, known: dict[str, Column]) -> Iterator[str]:
    if table.said:
        yield from [f"{table.said[0].upper()}{table.said[1:]}.", ""]
    rules = [f"Key: {_names(KEYS[table.name])}."] if table.name in KEYS else []
    rules += [
        f"({_names(own)}) → `{other}` ({_names(theirs)})."
        for of, own, other, theirs in REFERENCES
        if of == table.name
    ]
    if rules:
        yield from [" ".join(rules), ""]
    yield from ["| columns | |", "|---|---|"]
    for names, said in table.lines:
        yield f"| {', '.join(_written(name, known[name]) for name in names)} | {said} |"


def _written(name: str, column: Column) -> str:
    return f"`{name}` {column.type}{'' if column.required else ' *NULL*'}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _tables(sql: str) -> Iterator[_Table]:
    """The tables of a file. A comment is of the columns on its line; one on a line of its own is of those
    before it, or of the table below it."""
    above: list[str] = []
    table: _Table | None = None
    for line in sql.splitlines():
        code, _, comment = line.partition("--")
        inside = [said.strip() for said in re.findall(r"/\*(.*?)\*/", code)]
        said = "; ".join([*inside, *filter(None, [comment.strip().replace("|", r"\|")])])
        if begun := re.match(r"CREATE TABLE (\w+) (AS\b|\()", code):
            table = _Table(begun[1], " ".join(above))
            if begun[2] == "AS":
                yield table
                table = None
            code = code[begun.end() :]
        if table is not None:
            table.add(re.findall(r"(?:^|,)\s*(\w+)", code), said)
            if code.rstrip().endswith(");"):
                yield table
                table = None
        above = [*above, said] if said and not code.strip() else []


@cache
def _derived() -> dict[str, list[str]]:
    """Table → columns, of those that publishing adds."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(SCHEMA + DERIVED)
        found = """SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
                   WHERE NOT internal GROUP BY table_name"""
        return dict(connection.execute(found).fetchall())


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")

"""docs/store.md is the page that the SQL files make, and tells of every column once."""

from __future__ import annotations

import re

import duckdb

from explorer_engine.store.document import DOCUMENT, document
from explorer_engine.store.schema import DERIVED, SCHEMA


def test_the_page_is_the_one_that_the_tables_make() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run python -m explorer_engine.store.document"


def test_every_column_of_every_table_is_told_once() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(SCHEMA + DERIVED)
        found = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        columns = set(connection.execute(found).fetchall())
    page = document()
    written, added = page.split("## What publishing adds")
    told = [
        (section.split("\n")[0], column)
        for section in written.split("\n## ")[1:]
        for row in re.findall(r"^\| (`.*?) \|", section, re.M)
        for column in re.findall(r"`(\w+)`", row)
    ]
    told += [
        (table, column)
        for table, row in re.findall(r"^\| `(\w+)` \| (.*?) \|", added, re.M)
        for column in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(told) == sorted(columns - {("schema_version", "version")})


def test_a_comment_stands_beside_its_columns() -> None:
    page = document()
    assert "\n## document\n\nKey: `id`.\n" in page
    assert re.search(r"^\| `density` DOUBLE \| share of tokens on which it is active \|$", page, re.M)
    assert re.search(r"^\| `variance_explained` DOUBLE \*NULL\*, .* \| shares in \[0, 1\] \|$", page, re.M)
    assert "(`site`, `feature`) → `feature`" in page


def test_the_example_of_the_page_runs(monkeypatch, capsys) -> None:
    monkeypatch.chdir(DOCUMENT.parents[1])
    (example,) = re.findall(r"```python\n(.*?)```", document(), re.S)
    exec(compile(example, DOCUMENT.name, "exec"), {})
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 8
    assert "resid_" in said

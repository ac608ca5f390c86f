"""Who may import whom in app/: a page stands on its own, and nothing in the app speaks SQL or loads torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from app.pages import APP, PAGES

FOLDERS = {page.name for page in PAGES}


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it; `from a import b` gives a and a.b."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def page_of(module: str) -> str | None:
    """The page that a module belongs to; the view of any page may be used for links to it."""
    parts = module.split(".")
    if parts[0] != "app" or len(parts) < 3 or parts[1] not in FOLDERS or parts[2] == "view":
        return None
    return parts[1]


def test_a_page_uses_of_other_pages_only_their_views():
    for file in APP.rglob("*.py"):
        own = file.relative_to(APP).parts[0]
        foreign = {page for module in imported(file) if (page := page_of(module))} - {own}
        assert not foreign, (
            f"{file}: imports what belongs to {', '.join(sorted(foreign))}; move it to app/shared"
        )


def test_the_app_speaks_no_sql_and_loads_no_torch():
    for file in APP.rglob("*.py"):
        found = {module.split(".")[0] for module in imported(file)} & {"duckdb", "torch", "precompute"}
        assert not found, f"{file}: imports {', '.join(sorted(found))}"

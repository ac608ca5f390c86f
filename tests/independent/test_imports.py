"""The plain implementation is independent: nothing in this folder imports the code that it checks."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parent
ALLOWED = {
    "duckdb", "numpy", "pytest", "safetensors", "scipy", "sklearn", "torch", "transformers",
    "__future__", "ast", "collections", "contextlib", "dataclasses", "functools", "json", "pathlib", "typing",
}  # fmt: skip


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Name | ast.Attribute) and "import_" in ast.unparse(node):
            found.add(ast.unparse(node))  # importlib and __import__
    return found


def test_only_other_peoples_libraries_and_this_folder_are_imported():
    files = sorted(FOLDER.rglob("*.py"))
    assert len(files) > 10
    for file in files:
        own = {name for name in _imported(file) if name.startswith("tests.independent")}
        foreign = {name.split(".")[0] for name in _imported(file) - own}
        assert foreign <= ALLOWED, f"{file.relative_to(FOLDER)} imports {sorted(foreign - ALLOWED)}"

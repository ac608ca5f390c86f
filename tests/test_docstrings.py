"""Docstrings tell of bad input in one way: "Raises InputError for …"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
OTHERWISE = re.compile(r"InputError[:.]|[.;,] InputError|an InputError|^InputError|InputError$")
"""As a heading of its own, or without the verb."""


def test_input_errors_are_raised_for_something() -> None:
    other = []
    for folder in ("explorer_engine", "precompute", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                    told = " ".join((ast.get_docstring(node) or "").split())
                    if OTHERWISE.search(told):
                        other.append(f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}")
    assert not other, 'write "Raises InputError for …" in ' + ", ".join(other)

"""requirements.txt and requirements-cluster.txt name what the product imports, pinned, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("app", "explorer_engine", "precompute")


def imported() -> set[str]:
    """Distributions that the product's files import, by name."""
    modules: set[str] = set()
    for file in (path for package in PRODUCT for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Import():
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.split(".")[0])
    outside = modules - set(sys.stdlib_module_names) - set(PRODUCT)
    known = packages_distributions()
    return {known[module][0].lower() for module in outside}


def test_every_requirement_is_pinned_and_imported_and_every_import_is_required() -> None:
    files = (ROOT / name for name in ("requirements.txt", "requirements-cluster.txt"))
    lines = [
        line for file in files for line in file.read_text().splitlines() if line[:1] not in ("#", "", "-")
    ]
    pins = [re.fullmatch(r"([\w-]+)==[\w.]+", line) for line in lines]
    assert all(pins), "every line is NAME==VERSION"
    assert {pin[1] for pin in pins if pin} == imported()

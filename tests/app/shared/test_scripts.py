"""JavaScript lives in files that are named, in their order, by the Python beside them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.pages import APP
from app.shared.scripts import scripts


def named(file: Path) -> list[Path]:
    """The scripts that a module names."""
    return [
        file.with_name(name.value)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "scripts"
        for name in node.args[1:]
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
    ]


def test_every_script_is_named_once_and_none_stands_in_python():
    modules = sorted(APP.rglob("*.py"))
    assert sorted(path for file in modules for path in named(file)) == sorted(APP.rglob("*.js"))
    assert [file for file in modules if "export default" in file.read_text("utf-8")] == []


def test_scripts_come_in_the_order_in_which_they_are_named(tmp_path):
    (tmp_path / "b.js").write_text("const x = 1;", "utf-8")
    (tmp_path / "a.js").write_text("export default () => x;", "utf-8")
    assert scripts(str(tmp_path / "page.py"), "b.js", "a.js") == "const x = 1;\nexport default () => x;\n"
    with pytest.raises(FileNotFoundError, match=r"c\.js"):
        scripts(str(tmp_path / "page.py"), "c.js")

"""Text of installed packages: every kind of it, always in one order, and nothing of them is run."""

from __future__ import annotations

import ast
import sys

import pytest

from explorer_engine.errors import InputError
from precompute.texts.source import PackageShares, TextSource, open_texts

MODULE = '''"""What the module is.

    Indented."""
raise SystemExit("this file was run")


def loud(x):
    """Says it."""
    return x


class Quiet:
    """Says it."""

    def half(self):
        """A half of a character: \\ud800"""
'''


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two packages, the only ones there are."""
    tmp_path = tmp_path / "site-packages"
    tmp_path.mkdir()
    for name in ("first", "second"):
        about = tmp_path / f"{name}-1.0.dist-info"
        (tmp_path / name).mkdir()
        about.mkdir()
        (tmp_path / name / "__init__.py").write_text(MODULE + f"# {name}\n")
        (tmp_path / name / "broken.py").write_text("def (")
        (tmp_path / name / "data.bin").write_bytes(b"\0")
        (about / "LICENSE").write_text("Do what you like.")
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n# Read {name}\n"
        )
        files = [f"{name}/__init__.py", f"{name}/broken.py", f"{name}/data.bin", f"{about.name}/LICENSE"]
        (about / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{about.name}/METADATA"]))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def read(**shares):
    options = TextSource("installed-packages", shares=PackageShares(**{**NONE, **shares}))
    return list(open_texts(options))


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NONE = {"docstrings": 0.0, "descriptions": 0.0, "licences": 0.0, "code": 0.0}


def test_docstrings_are_read_clean(packages):
    assert sorted(read(docstrings=1.0)) == sorted(
        ["What the module is.\n\nIndented.", "Says it.", "Says it.", "A half of a character: ?"] * 2
    )


def test_code_comes_without_its_docstrings(packages):
    first, second = sorted(read(code=1.0))
    assert first.endswith("# first\n") and second.endswith("# second\n")
    assert "def loud(x):" in first and "Says it" not in first and "What the module is" not in first


def test_descriptions_and_licences(packages):
    assert sorted(text.strip() for text in read(descriptions=1.0)) == ["# Read first", "# Read second"]
    assert read(licences=1.0) == ["Do what you like."] * 2


def test_the_order_is_that_of_the_seed(packages):
    def of(seed):
        return list(open_texts(TextSource("installed-packages", shares=PackageShares(code=1.0), seed=seed)))

    assert of(0) == of(0)
    assert sorted(of(0)) == sorted(of(1))
    assert any(of(seed) != of(0) for seed in range(1, 6))


def test_another_version_of_a_package_is_another_version_of_the_source(packages):
    version = TextSource("installed-packages").version
    before = version()
    assert version() == before
    file = packages / "second-1.0.dist-info" / "METADATA"
    file.write_text(file.read_text().replace("1.0", "1.1"))
    assert version() != before


def test_packages_that_a_library_brings_in_a_folder_of_its_own_are_none(packages, monkeypatch):
    """As Ray does in its processes: their texts would differ from those of others."""
    before = TextSource("installed-packages").version()
    hidden = packages / "library" / "vendored"
    (hidden / "third-1.0.dist-info").mkdir(parents=True)
    (hidden / "third-1.0.dist-info" / "METADATA").write_text("Name: third\nVersion: 1.0\n\n# Read third\n")
    monkeypatch.setattr(sys, "path", [str(hidden), *sys.path])
    assert TextSource("installed-packages").version() == before
    assert len(read(descriptions=1.0)) == 2


def test_docstrings_stand_in_the_order_of_the_whole_tree(packages):
    code = """if x:
    class A:
        "a"
        def f(self, g=lambda: 0):
            "f"
            try:
                def t(): "t"
            except ValueError:
                def e(): "e"
match x:
    case 1:
        async def m(): "m"
def last():
    with x:
        class W: "w"
"""
    (packages / "first" / "__init__.py").write_text(code)
    (packages / "second" / "__init__.py").unlink()
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, DOCUMENTED)]
    assert read(docstrings=1.0) == [said for node in nodes if (said := ast.get_docstring(node))]


def test_no_share_of_anything_is_no_text(packages):
    with pytest.raises(InputError, match="no text"):
        read()

"""Text source `packages`: docstrings, READMEs, licences and code of the installed Python packages."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, distributions
from itertools import chain
from pathlib import Path

from precompute.texts.hashing import place_of
from precompute.texts.source import SourceKind, TextSource, register_kind

__all__ = ["KIND"]

_NAME = "installed-packages"
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _read(options: TextSource) -> Iterator[str]:
    """File by file in an order by hash, so that packages are mixed. Files are parsed, never run."""
    salt, said = str(options.seed), options.shares
    shares = {
        "docstrings": said.docstrings,
        "descriptions": said.descriptions,
        "licences": said.licences,
        "code": said.code,
    }
    for kind, text in _mixed(salt, with_python=shares["docstrings"] + shares["code"] > 0):
        if place_of(text, f"{salt}/{kind}") < shares[kind]:
            yield text


def _mixed(salt: str, with_python: bool) -> Iterator[tuple[str, str]]:
    """(kind, text) of everything there is."""
    packages = _packages()
    files = chain.from_iterable(_files(name, package) for name, package in packages.items())
    wanted = [(name, file) for name, file in files if with_python or file.suffix != ".py"]
    wanted += [(name, None) for name in packages]
    for name, file in sorted(wanted, key=lambda item: place_of(item[0], salt)):
        if file is None:
            yield "descriptions", _description(packages[name])
        elif file.suffix == ".py":
            yield from _python(file)
        elif (text := _text(file)) is not None:
            yield "licences", text


def _packages() -> dict[str, Distribution]:
    """By name, the first of each that Python would find where packages are installed.

    Not in other folders: Ray adds one with packages of its own to the path.
    """
    places = [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]
    found: dict[str, Distribution] = {}
    for package in distributions(path=places):
        found.setdefault((package.name or "").lower(), package)
    return dict(sorted(found.items()))


def _files(name: str, package: Distribution) -> Iterator[tuple[str, Path]]:
    """Python files and licences, each under a name that does not depend on where packages are installed."""
    for file in package.files or ():
        if file.suffix == ".py" or _LICENCE.search(str(file)):
            yield f"{name}/{file}", Path(str(package.locate_file(file)))


def _description(package: Distribution) -> str:
    """The long text of METADATA, else its one line."""
    said = package.metadata.json
    return str(said.get("description") or said.get("summary") or "")


def _text(file: Path) -> str | None:
    """None for what is gone or no UTF-8."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _python(file: Path) -> Iterator[tuple[str, str]]:
    """Each docstring, then the code without them; nothing for a file that is no Python of this version."""
    source = _text(file)
    if source is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    cut: set[int] = set()
    for node in _statements(tree):
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node)) is not None:
            yield "docstrings", docstring
            written = node.body[0]
            cut.update(range(written.lineno - 1, written.end_lineno or written.lineno))
    yield "code", "\n".join(line for k, line in enumerate(source.split("\n")) if k not in cut)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """In the order of `ast.walk`, without expressions: no docstring lies below one."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        waiting += (inner for inner in ast.iter_child_nodes(node) if isinstance(inner, _HOLDERS))


def _version(_options: TextSource) -> str:
    """Of names and versions: a package whose files were changed by hand is not noticed."""
    found = "\n".join(f"{name} {package.version}" for name, package in _packages().items())
    return sha256(found.encode()).hexdigest()


KIND = register_kind(SourceKind("packages", lambda source: source == _NAME, _read, rank=1, version=_version))

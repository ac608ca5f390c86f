"""No name is defined that nothing uses. What only tests use is dead too, unless `KEPT` gives a reason for it.

Names are compared as words, whatever they belong to: a dead method that has a live one's name is not found.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import explorer_engine

ROOT = Path(__file__).parents[1]
PRODUCT = ("app", "explorer_engine", "precompute", "benchmarks")

KEPT = {
    "they are called in code by whoever took a classifier away": (
        "EditedClassifier.predict",
        "Classifier.predict",
    ),
    "columns of a store or a file, written from all fields of a value at once": (
        "FaithfulnessPoint.m_circuit",
        "FaithfulnessPoint.m_complement",
        "DictionaryQuality.ce_recovered_mean",
        "Opinion.complexity",
    ),
    "the standard library calls it by its name": ("_Quiet.log_message",),
    "a layout of dictionaries, a kind of text source makes itself known by being made": ("SOURCE", "KIND"),
}
"""Why a name stays that the product does not use → such names."""


class Definition(NamedTuple):
    """A function, class, method, constant, field or attribute."""

    name: str
    written: str
    """With its class: `Circuit.top`."""
    where: str
    node: ast.AST


@cache
def _trees(*folders: str) -> dict[str, ast.Module]:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def _uses(tree: ast.AST) -> Iterator[str]:
    """Each name that is read: by itself, as an attribute, by `getattr`, in a pattern, or imported as another.

    To be imported or listed in `__all__` is no use.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name
            case ast.alias(name=name, asname=str()):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from names


def _definitions(body: list[ast.stmt], file: str, owner: str = "") -> Iterator[Definition]:
    """What the statements of a module or a class define; inside functions only the attributes of `self`."""
    for statement in body:
        for name in _defined(statement):
            yield Definition(name, owner + name, f"{file}:{statement.lineno}", statement)
        match statement:
            case ast.ClassDef(name=name):
                yield from _definitions(statement.body, file, f"{name}.")
            case ast.If() | ast.Try():
                yield from _definitions(statement.body, file, owner)
            case ast.FunctionDef() if owner:
                for node in ast.walk(statement):
                    match node:
                        case ast.Attribute(attr=name, value=ast.Name(id="self"), ctx=ast.Store()):
                            yield Definition(name, owner + name, f"{file}:{node.lineno}", node)


def _defined(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=targets):
            return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return []


def _unused(defined_in: dict[str, ast.Module], used: Counter[str]) -> list[Definition]:
    """The definitions of names that are read nowhere but in their own bodies."""
    return [
        found
        for file, tree in defined_in.items()
        for found in _definitions(tree.body, file)
        if not found.name.startswith("__")
        and used[found.name] <= sum(name == found.name for name in _uses(found.node))
    ]


@pytest.fixture(scope="module")
def unused() -> list[Definition]:
    """What the product defines and does not use."""
    product = _trees(*PRODUCT)
    return _unused(product, Counter(name for tree in product.values() for name in _uses(tree)))


def test_the_product_uses_every_name_that_it_defines(unused: list[Definition]) -> None:
    kept = {*explorer_engine.__all__, *(name for names in KEPT.values() for name in names)}
    dead = [f"{found.where} {found.written}" for found in unused if found.written not in kept]
    assert not dead, "nothing but tests uses these, remove them: " + ", ".join(dead)


def test_what_is_kept_without_a_use_is_there_and_has_none(unused: list[Definition]) -> None:
    listed = {name for names in KEPT.values() for name in names}
    stale = sorted(listed - {found.written for found in unused})
    assert not stale, "these are used or gone, take them off the list: " + ", ".join(stale)


def test_tests_use_every_helper_that_they_define() -> None:
    tests = _trees("tests")
    used = Counter(name for tree in (tests | _trees(*PRODUCT)).values() for name in _uses(tree))
    used.update(node.arg for tree in tests.values() for node in ast.walk(tree) if isinstance(node, ast.arg))
    dead = [
        f"{found.where} {found.written}"
        for found in _unused(tests, used)
        if "." not in found.written  # methods and fields are often there to be found by what is tested
        and not found.name.startswith(("test_", "pytest_"))
        and not getattr(found.node, "decorator_list", [])  # a fixture for all, or known to a registry
    ]
    assert not dead, "no test uses these: " + ", ".join(dead)

"""From a class of options to the command line: its fields are the flags, their docstrings the help."""

from __future__ import annotations

import argparse
import ast
import inspect
import textwrap
from dataclasses import fields, is_dataclass
from itertools import pairwise
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

__all__ = ["add_options", "docs_of", "options_from"]

T = TypeVar("T")


def add_options(parser: argparse._ActionsContainer, options: type) -> None:
    """A flag for every field of a class of options: `node_threshold` becomes `--node-threshold`."""
    hints, docs = get_type_hints(options), docs_of(options)
    for field in fields(options):
        default = "" if field.default is None else f" (default: {field.default})"
        help = (docs[field.name] + default).replace("%", "%%")
        flag = f"--{field.name.replace('_', '-')}"
        parser.add_argument(flag, default=field.default, help=help, **_kind(hints[field.name]))


def options_from(args: argparse.Namespace, options: type[T]) -> T:
    """The options that were given. Raises InputError for values that the class refuses."""
    return options(**{field.name: getattr(args, field.name) for field in fields(options)})  # type: ignore[arg-type]


def docs_of(options: type) -> dict[str, str]:
    """The docstring under each field of a class and its bases, on one line; empty where there is none."""
    found = {field.name: "" for field in fields(options)}
    for kind in reversed(options.__mro__):
        if is_dataclass(kind):
            found |= _own_docs(kind)
    return found


def _own_docs(options: type) -> dict[str, str]:
    """The docstrings under the fields that a class itself declares."""
    (body,) = (
        node.body for node in ast.parse(textwrap.dedent(inspect.getsource(options))).body
        if isinstance(node, ast.ClassDef)
    )  # fmt: skip
    return {
        here.target.id: " ".join(str(below.value.value).split())
        for here, below in pairwise(body)
        if isinstance(here, ast.AnnAssign) and isinstance(here.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


def _kind(hint: Any) -> dict[str, Any]:
    """What argparse is told of a type: a Literal, a plain type, either or None, a tuple of one type."""
    given = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is Literal:
        return {"choices": list(given)}
    if get_origin(hint) is tuple:
        return {"type": given[0], "nargs": "+"}
    if hint is bool:
        return {"action": argparse.BooleanOptionalAction}
    return {"type": given[0] if given else hint, "metavar": "N" if int in (hint, *given) else "X"}

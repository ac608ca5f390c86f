"""Importing every file of a folder, so that what registers itself in one is known by being there."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

__all__ = ["import_all"]


@cache
def import_all(package: str) -> None:
    """Import each module of a package once; those of folders inside it are not looked for."""
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")

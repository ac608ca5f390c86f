"""The kinds of recipes, by the `kind` that a recipe's file names."""

from __future__ import annotations

from importlib import import_module

from explorer_engine.options import check_choice
from precompute.recipe.recipe import Recipe

__all__ = ["KINDS", "kind_of"]

KINDS = {"world": "precompute.world.recipe:WorldRecipe", "demo": "precompute.demo.recipe:DemoRecipe"}
"""Kind → where its class is. The demo knows the truth about its world, and measures itself against it."""


def kind_of(name: str) -> type[Recipe]:
    """The class of a kind; raises InputError for an unknown one."""
    check_choice("kind", name, tuple(KINDS))
    module, _, kind = KINDS[name].partition(":")
    return getattr(import_module(module), kind)

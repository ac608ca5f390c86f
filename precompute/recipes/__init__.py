"""The recipes that come with the product, as TOML files."""

from pathlib import Path

__all__ = ["RECIPES"]

RECIPES = Path(__file__).parent
"""Their folder."""

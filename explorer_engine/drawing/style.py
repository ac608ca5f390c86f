"""The style sheets of pieces and pictures: their colours in both themes, and how they look."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["sheet"]


def sheet(where: str = ":root") -> str:
    """The style sheet as text; `where` is the selector of what has the colours.

    They follow the `color-scheme` of the elements that use them.
    """
    here = files("explorer_engine.drawing")
    colours, pieces = (here.joinpath(f"{name}.css").read_text("utf-8") for name in ("colours", "pieces"))
    return colours.replace(":root", where) + pieces

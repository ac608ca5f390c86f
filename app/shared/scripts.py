"""The one way in which JavaScript gets to the browser: from .js files beside the Python that uses them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["scripts"]


def scripts(module: str, *names: str) -> str:
    """The files `names` beside `module` (its `__file__`), in this order, as the one `js` of a component.

    Only the last of them exports something. FileNotFoundError where one is missing. The text always holds
    line breaks: Streamlit takes a `js` of one line for the path of a file.
    """
    folder = Path(module).parent
    return "".join(f"{(folder / name).read_text('utf-8')}\n" for name in names)

"""Text of others inside Markdown."""

from __future__ import annotations

__all__ = ["escaped"]


def escaped(text: str) -> str:
    """Text that cannot break a table or start a tag, on one line."""
    found = "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in text)
    return " ".join(found.split())

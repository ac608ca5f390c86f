"""Words and numbers as pages write them: those of all pictures, percentage points, links."""

from __future__ import annotations

from app.shared.html import Html
from explorer_engine.drawing.text import head, meta, name_of, nats, num

__all__ = ["head", "link", "meta", "name_of", "nats", "num", "opens", "plain", "pp"]


def pp(points: float) -> str:
    """Percentage points: one decimal and always a sign."""
    return "0" if abs(points) < 0.05 else f"{points:+.1f}".replace("-", "−")


def link(text: str, href: str, cls: str = "link", title: str = "") -> Html:
    """A link to a view (`address.href`): within `clickable` it opens without reloading the page."""
    hint = Html(' title="{}"').format(title) if title else ""
    act = Html('data-act="go" data-value="{}"{}').format(href, hint)
    return Html('<a class="{}" href="{}" target="_self" {}>{}</a>').format(cls, href, act, text)


def opens(href: str) -> Html:
    """Attributes that make a row of `clickable` open a view, by click and by Enter."""
    return Html('role="link" tabindex="0" data-act="go" data-value="{}"').format(href)


def plain(text: str) -> str:
    """A text as a widget's label: Streamlit would read Markdown in it."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|~:$<>" else c for c in text) or "untitled"

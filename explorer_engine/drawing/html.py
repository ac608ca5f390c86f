"""HTML that is safe by construction: a template is a literal, and whatever is put into it is escaped.

`Html("<b>{}</b>").format(name)` escapes `name` unless it is Html itself; `joined(rows)` and `+` do the same.
An f-string gives a plain str, which the places that show HTML refuse.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache
from string import Formatter
from typing import Any

from markupsafe import Markup

__all__ = ["Html", "esc", "joined", "plain"]

_HIDDEN = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: f"\\x{code:02x}" for code in _HIDDEN if chr(code) not in "\n\t"}
"""Control and direction characters, which could hide or reorder the text around them, as they are shown."""


def plain(text: object) -> str:
    """Text for places that take no HTML (a canvas, a button): control and direction characters as \\xNN."""
    words = str(text)
    return words if words.isprintable() else words.translate(_SHOWN)


@cache
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template as (literal, what `format` does with the value after it); None: no value follows."""
    return tuple((literal, spec) for literal, _, spec, _ in Formatter().parse(template))


class Html(Markup):
    """A piece of HTML. Only literals are passed to it; values go in by `format`, `joined` or `+`."""

    @classmethod
    def escape(cls, s: Any, /) -> Html:
        """Text that may stand anywhere in HTML: quotes escaped, control characters as \\xNN; Html stays."""
        return s if type(s) is cls else str.__new__(cls, html.escape(plain(s)))

    def format(self, *values: Any) -> Html:
        """The template with a value in each `{}` or `{:spec}`, in order; text among them escaped.

        As Markup's own, but a template is read once, and a number that it writes needs no escaping: pages are
        made of thousands of small ones.
        """
        out, rest = [], iter(values)
        for literal, spec in _parts(str.__str__(self)):
            out.append(literal)
            if spec is not None:
                value = next(rest)
                text = format(value, spec) if spec else value
                out.append(text if spec and isinstance(value, (int, float)) else esc(text))
        return str.__new__(Html, "".join(out))

    def join(self, parts: Iterable[object], /) -> Html:
        """Pieces with this between them, text among them escaped."""
        return str.__new__(Html, str.join(self, map(esc, parts)))


esc = Html.escape


def joined(parts: Iterable[object], between: str = "") -> Html:
    """Pieces one after another, text among them escaped."""
    return esc(between).join(parts)

"""Words and numbers as HTML strings: escaping, formats, headings, links."""

from __future__ import annotations

import html
import math

__all__ = ["esc", "head", "kbd", "link", "meta", "name_of", "nats", "num", "opens", "percent", "plain", "pp"]


_HIDDEN = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: f"\\x{code:02x}" for code in _HIDDEN if chr(code) not in "\n\t"}
"""Control and direction characters, which could hide or reorder the text around them, as they are shown."""


def esc(text: object) -> str:
    """Text that may stand anywhere in HTML: quotes escaped, control and direction characters as \\xNN."""
    return html.escape(str(text).translate(_SHOWN), quote=True)


def plain(text: object) -> str:
    """Text for places that take no HTML (a canvas, a button): control and direction characters as \\xNN."""
    return str(text).translate(_SHOWN)


def num(value: float | None, sign: bool = False) -> str:
    """Three significant digits and a real minus sign; an exponent only below 10⁻⁴; “–” for None."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e-4:
        digits = max(0, 2 - math.floor(math.log10(size)))
        text = f"{size:,.{digits}f}"
    else:
        text = f"{size:.2e}".replace("e-0", "e-")
    return ("−" if value < 0 else "+" if sign else "") + text


def nats(loss: float) -> str:
    """A loss as people read it: below a thousandth of a nat its digits are rounding of the logits."""
    return "< 0.001" if loss < 1e-3 else num(loss)


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as a percentage without its sign: `0.885` → “88.5”."""
    return "–" if share is None else f"{share * 100:.{digits}f}"


def pp(points: float) -> str:
    """Percentage points: one decimal and always a sign."""
    return "0" if abs(points) < 0.05 else f"{points:+.1f}".replace("-", "−")


def kbd(key: str) -> str:
    """A key on the keyboard."""
    return f"<kbd>{esc(key)}</kbd>"


def head(title: str, note: str = "", right: str = "") -> str:
    """A section heading; `note` and `right` are HTML."""
    return f'<div class="hd"><span>{esc(title)}</span><em>{note}</em><span class="r">{right}</span></div>'


def meta(*parts: str) -> str:
    """A line of small facts with dots between them; `parts` are HTML, empty ones are left out."""
    return '<div class="meta">' + '<span class="sep">·</span>'.join(p for p in parts if p) + "</div>"


def link(text: str, href: str, cls: str = "ln", title: str = "") -> str:
    """A link to a view (`address.href`): within `clickable` it opens without reloading the page."""
    hint = f' title="{esc(title)}"' if title else ""
    act = f'data-act="go" data-val="{esc(href)}"{hint}'
    return f'<a class="{cls}" href="{esc(href)}" target="_self" {act}>{esc(text)}</a>'


def opens(href: str) -> str:
    """Attributes that make a row of `clickable` open a view, by click and by Enter."""
    return f'role="link" tabindex="0" data-act="go" data-val="{esc(href)}"'


def name_of(label: str | None, fallback: str = "unlabelled") -> str:
    """A label as HTML, or the fallback in grey italics."""
    return esc(label) if label else f'<span class="nolab">{esc(fallback)}</span>'

"""Words and numbers as they are written everywhere: formats, headings, lines of small facts."""

from __future__ import annotations

import math

from explorer_engine.drawing.html import Html, esc

__all__ = ["head", "meta", "name_of", "nats", "num"]


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


def head(title: str, note: str = "", right: str = "") -> Html:
    """A section heading; `note` and `right` are HTML."""
    return Html('<div class="heading"><span>{}</span><em>{}</em><span class="right">{}</span></div>').format(
        title, note, right
    )


def meta(*parts: str) -> Html:
    """A line of small facts with dots between them; `parts` are HTML, empty ones are left out."""
    between = Html('<span class="separator">·</span>')
    return Html('<div class="meta">{}</div>').format(between.join(p for p in parts if p))


def name_of(label: str | None, fallback: str = "unlabelled") -> Html:
    """A label as HTML, or the fallback in grey italics."""
    return esc(label) if label else Html('<span class="unlabelled">{}</span>').format(fallback)

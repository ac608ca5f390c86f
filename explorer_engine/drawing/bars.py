"""Small bars as SVG or HTML strings: signed effects, magnitudes, shares, answer distributions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.text import num
from explorer_engine.drawing.tokens import tok

__all__ = ["bars", "deltas", "ebar", "mbar", "path", "stack", "svg"]

_FADE = (0.72, 0.46, 0.3, 0.2, 0.13)
"""Opacity of the shares of a stack, largest first."""


def svg(w: float, h: float, body: str, cls: str = "", label: str = "", fluid: bool = False) -> Html:
    """A picture with a name for screen readers; `fluid` scales it to the width it is given."""
    box = Html('viewBox="0 0 {:g} {:g}"').format(w, h)
    size = Html('width="100%"') if fluid else Html('width="{:g}" height="{:g}"').format(w, h)
    return Html('<svg class="picture {}" {} {} role="img" aria-label="{}">{}</svg>').format(
        cls, size, box, label, body
    )


def path(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a polyline."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def stack(shares: Sequence[float], w: int = 56, h: int = 8) -> Html:
    """A distribution as one bar: the first share is solid, the others fade, the rest is a trace."""
    x, out = 0.0, []
    for share, opacity in zip(shares, _FADE, strict=False):
        width = max(0.6, share * w - 1)
        out.append(
            Html('<rect x="{:.1f}" width="{:.1f}" height="{}" fill="var(--ink)" opacity="{}"/>').format(
                x, width, h, opacity
            )
        )
        x += share * w
    if x < w - 1:
        out.append(
            Html('<rect x="{:.1f}" width="{:.1f}" height="{}" fill="var(--ink)" opacity=".07"/>').format(
                x, w - x, h
            )
        )
    return svg(w, h, joined(out), label="shares " + ", ".join(f"{p:.0%}" for p in shares[:5]))


def ebar(value: float, top: float, w: int = 64, h: int = 10, hollow: bool = False) -> Html:
    """A signed effect from the middle outwards, against `top`; hollow = removed from the model."""
    middle, half = w / 2, w / 2 - 1
    length = min(1.0, abs(value) / (top or 1.0)) * half
    x = middle - length if value < 0 else middle
    colour = "var(--positive)" if value > 0 else "var(--negative)"
    paint = (
        Html('fill="none" stroke="{}" stroke-dasharray="2 1.5"').format(colour)
        if hollow
        else Html('fill="{}"').format(colour)
    )
    rect = Html('<rect x="{:.1f}" y="1.5" width="{:.1f}" height="{}" rx="1" {}/>').format(
        x + 0.5, max(1, length - 1), h - 3, paint
    )
    return svg(
        w,
        h,
        Html('<path d="M{} 0V{}" class="axis"/>{}').format(middle, h, rect),
        label=f"effect {num(value, True)}",
    )


def mbar(value: float, top: float, w: int = 22, h: int = 9) -> Html:
    """Magnitude only, coloured by sign: for narrow lists where a signed number stands beside it."""
    length = max(1.0, min(1.0, abs(value) / (top or 1.0)) * w)
    colour = "positive" if value > 0 else "negative"
    rect = Html('<rect x="0" y="1.5" width="{:.1f}" height="{}" rx="1" fill="var(--{})"/>').format(
        length, h - 3, colour
    )
    return svg(w, h, rect, label=f"weight {num(value, True)}")


def bars(rows: Sequence[tuple[str, float]], label_width: int = 64, top: float | None = None) -> Html:
    """Shares of tokens: token right-aligned, bar, percentage."""
    top = top or max((share for _, share in rows), default=1.0)
    out = [
        Html(
            '<div class="token-share"><span>{}</span><i><s style="width:{:.1f}%"></s></i>'
            "<em>{:.0%}</em></div>"
        ).format(tok(token, "plain", repr(token)), share / top * 100, share)
        for token, share in rows
    ]
    return Html('<div style="--label-width:{}px">{}</div>').format(label_width, joined(out))


def deltas(
    rows: Sequence[tuple[str, float]], w: int = 120, label_width: int = 62, row_height: int = 18
) -> Html:
    """Signed bars of tokens: token, bar from the middle out, number."""
    top = max((abs(value) for _, value in rows), default=1.0)
    body = joined(
        Html("<div><span>{}</span>{}<em>{}</em></div>").format(
            tok(token, "plain", repr(token)), ebar(value, top, w, 11), num(value, True)
        )
        for token, value in rows
    )
    return Html(
        '<div class="token-effects" style="--label-width:{}px;--bar-width:{}px;--row-height:{}px">{}</div>'
    ).format(label_width, w, row_height, body)

"""Small bars as SVG or HTML strings: signed effects, magnitudes, shares, answer distributions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.shared.text import esc, num
from app.shared.tokens import tok

__all__ = ["bars", "deltas", "ebar", "mbar", "path", "stack", "svg"]

_FADE = (0.72, 0.46, 0.3, 0.2, 0.13)
"""Opacity of the shares of a stack, largest first."""


def svg(w: float, h: float, body: str, cls: str = "", label: str = "", fluid: bool = False) -> str:
    """A picture with a name for screen readers; `fluid` scales it to the width it is given."""
    box = f'viewBox="0 0 {w:g} {h:g}"'
    size = 'width="100%"' if fluid else f'width="{w:g}" height="{h:g}"'
    return f'<svg class="pic {cls}" {size} {box} role="img" aria-label="{esc(label)}">{body}</svg>'


def path(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a polyline."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def stack(shares: Sequence[float], w: int = 56, h: int = 8) -> str:
    """A distribution as one bar: the first share is solid, the others fade, the rest is a trace."""
    x, out = 0.0, []
    for share, opacity in zip(shares, _FADE, strict=False):
        width = max(0.6, share * w - 1)
        out.append(
            f'<rect x="{x:.1f}" width="{width:.1f}" height="{h}" fill="var(--ink)" opacity="{opacity}"/>'
        )
        x += share * w
    if x < w - 1:
        out.append(f'<rect x="{x:.1f}" width="{w - x:.1f}" height="{h}" fill="var(--ink)" opacity=".07"/>')
    return svg(w, h, "".join(out), label="shares " + ", ".join(f"{p:.0%}" for p in shares[:5]))


def ebar(value: float, top: float, w: int = 64, h: int = 10, hollow: bool = False) -> str:
    """A signed effect from the middle outwards, against `top`; hollow = removed from the model."""
    middle, half = w / 2, w / 2 - 1
    length = min(1.0, abs(value) / (top or 1.0)) * half
    x = middle - length if value < 0 else middle
    colour = "var(--pos)" if value > 0 else "var(--neg)"
    paint = f'fill="none" stroke="{colour}" stroke-dasharray="2 1.5"' if hollow else f'fill="{colour}"'
    rect = (
        f'<rect x="{x + 0.5:.1f}" y="1.5" width="{max(1, length - 1):.1f}" height="{h - 3}" rx="1" {paint}/>'
    )
    return svg(w, h, f'<path d="M{middle} 0V{h}" class="ax"/>{rect}', label=f"effect {num(value, True)}")


def mbar(value: float, top: float, w: int = 22, h: int = 9) -> str:
    """Magnitude only, coloured by sign: for narrow lists where a signed number stands beside it."""
    length = max(1.0, min(1.0, abs(value) / (top or 1.0)) * w)
    colour = "pos" if value > 0 else "neg"
    rect = f'<rect x="0" y="1.5" width="{length:.1f}" height="{h - 3}" rx="1" fill="var(--{colour})"/>'
    return svg(w, h, rect, label=f"weight {num(value, True)}")


def bars(rows: Sequence[tuple[str, float]], label_width: int = 64, top: float | None = None) -> str:
    """Shares of tokens: token right-aligned, bar, percentage."""
    top = top or max((share for _, share in rows), default=1.0)
    out = [
        f'<div class="tb"><span>{tok(token, "flat", repr(token))}</span>'
        f'<i><s style="width:{share / top * 100:.1f}%"></s></i><em>{share:.0%}</em></div>'
        for token, share in rows
    ]
    return f'<div class="tbs" style="--lw:{label_width}px">{"".join(out)}</div>'


def deltas(
    rows: Sequence[tuple[str, float]], w: int = 120, label_width: int = 62, row_height: int = 18
) -> str:
    """Signed bars of tokens: token, bar from the middle out, number."""
    top = max((abs(value) for _, value in rows), default=1.0)
    body = "".join(
        f"<div><span>{tok(token, 'flat', repr(token))}</span>{ebar(value, top, w, 11)}"
        f"<em>{num(value, True)}</em></div>"
        for token, value in rows
    )
    return f'<div class="dl" style="--lw:{label_width}px;--bw:{w}px;--rh:{row_height}px">{body}</div>'

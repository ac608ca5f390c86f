"""What every page of a site has around its contents: head, ways to the lists, and where it is from."""

from __future__ import annotations

from explorer_engine.drawing.html import Html, joined
from precompute.site import places

__all__ = ["page"]

_LISTS = (
    (places.INDEX, "World"),
    (places.BEHAVIOURS, "Behaviours"),
    (places.CIRCUITS, "Circuits"),
    (places.FEATURES, "Features"),
)
_POLICY = "default-src 'none'; style-src 'self' file: 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Whatever gets into a page: no script runs, nothing is loaded but the style sheet."""


def page(place: str, title: str, world: str, body: Html) -> str:
    """A whole page as text: `place` is where it lies in the site, `world` what its world is called."""
    ways = joined(
        Html('<a href="{}"{}>{}</a>').format(
            places.link(place, to), Html(' aria-current="true"') if _under(place, to) else "", name
        )
        for to, name in _LISTS
    )
    return Html(
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{} · {}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<link rel="stylesheet" href="{}">\n'
        '<body><header><b>{}</b><nav aria-label="Lists">{}</nav></header>\n<main>{}</main>\n'
        "<footer>Exported by Circuit Explorer</footer></body></html>\n"
    ).format(title, world, _POLICY, places.link(place, places.STYLE), world, ways, body)


def _under(place: str, to: str) -> bool:
    """Whether a page is of this list, or the list itself."""
    return place == to or (to != places.INDEX and place.startswith(to.removesuffix(places.INDEX)))

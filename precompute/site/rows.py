"""Rows of lists on a site's pages: each is a link where its thing has a page."""

from __future__ import annotations

from collections.abc import Iterable

from explorer_engine.drawing.html import Html, joined

__all__ = ["label", "number", "row", "rows"]


def row(to: str | None, *cells: Html) -> Html:
    """A row with its cells; a link to `to`, where that is given."""
    if to is None:
        return Html('<div class="row">{}</div>').format(joined(cells))
    return Html('<a class="row" href="{}">{}</a>').format(to, joined(cells))


def label(name: str, id: object = "") -> Html:
    """The cell that says what the thing is called, and its id in small type."""
    small = Html('<span class="feature-id">{}</span>').format(id) if id != "" else ""
    return Html('<span class="label"><span class="called">{}</span>{}</span>').format(name, small)


def number(text: str) -> Html:
    """A cell that holds a figure."""
    return Html('<span class="number">{}</span>').format(text)


def rows(of: str, found: Iterable[Html], heads: Iterable[str] = ()) -> Html:
    """A list: `of` says which columns it has, `heads` what stands over them."""
    cells = joined(Html("<span>{}</span>").format(head) for head in heads)
    top = Html('<div class="row column-heads">{}</div>').format(cells) if cells else ""
    return Html('<div class="rows {}">{}{}</div>').format(of, top, joined(found))

"""The line under a long list: which rows are on screen, and the pages before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from app.address import View, update
from app.shared.clickable import clickable
from app.shared.html import Html
from explorer_engine.store.values import Page

__all__ = ["page_at", "pager"]

T = TypeVar("T")
_MOST = 1 << 40
"""Pages that a list may have: far more than any has, and few enough to be counted in."""


def page_at(asked: int, per_page: int, ask: Callable[[int, int], Page[T]]) -> Page[T]:
    """The page that an address asks for, from 1; of one that the list has not, the nearest.

    `ask` gives the rows at an offset, and at most so many.
    """
    found = ask((min(max(asked, 1), _MOST) - 1) * per_page, per_page)
    if found.rows or not found.total:
        return found
    return ask((found.total - 1) // per_page * per_page, per_page)


def pager(view: type[View], found: Page[Any], noun: str, note: str = "") -> None:
    """“1–50 of 1,284 behaviours”, with links that change the view's `page`; `note` is HTML."""
    key, page = f"{view.PAGE}_pager", found.offset // found.limit + 1

    def turn() -> None:
        act = st.session_state[key].act
        if act and act["value"] in (str(page - 1), str(page + 1)):
            update(view, page=int(act["value"]))

    first, last = found.offset + 1, found.offset + len(found.rows)
    shown = f"{first:,}–{last:,} of {found.total:,} {noun}" if found.rows else f"no {noun}"
    links = [
        Html('<a class="link" role="button" tabindex="0" data-act="turn" data-value="{}">{}</a>').format(
            number, word
        )
        for word, number, there in (("previous", page - 1, page > 1), ("next", page + 1, last < found.total))
        if there
    ]
    right = Html(" &nbsp; ").join(part for part in [note, *links] if part)
    clickable(
        Html('<div class="footnote"><span>{}</span><span>{}</span></div>').format(shown, right), key, turn
    )

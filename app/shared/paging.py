"""The line under a long list: which rows are on screen, and the pages before and after."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.address import View, update
from app.shared.clickable import clickable
from app.shared.html import Html
from explorer_engine.store.values import Page

__all__ = ["pager"]


def pager(view: type[View], page: int, found: Page[Any], noun: str, note: str = "") -> None:
    """“1–50 of 1,284 behaviours”, with links that change the view's `page`; `note` is HTML."""
    key = f"{view.PAGE}_pager"

    def turn() -> None:
        if act := st.session_state[key].act:
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

"""Find: one box over everything in the world; every row says why it was found."""

from __future__ import annotations

import streamlit as st

from app.address import read
from app.find import parts
from app.find.controls import box, filters, kinds
from app.find.made import KINDS, PER_PAGE, Found, found
from app.find.view import FindView as View
from app.operations.metrics import measured
from app.shared.clickable import clickable
from app.shared.messages import unreadable
from app.shared.paging import pager
from app.shared.rankings import RANKINGS
from explorer_engine.errors import InputError
from explorer_engine.store.values import Page


def answer(view: View, shown: Found) -> None:
    """The rows, or what to do where there are none."""
    with st.container(key="find_box"):
        if not any(shown.totals.values()):
            clickable(parts.nothing(shown, view), "find_nothing")
        else:
            for kind, hits in shown.hits.items():
                if hits or view.kind:
                    clickable(parts.section(kind, shown, view), f"find_{kind}")
    if view.kind:
        hits = shown.hits[view.kind]
        offset = (shown.page - 1) * PER_PAGE
        pager(View, Page(hits, shown.totals[view.kind], offset, PER_PAGE), view.kind)


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a control reruns only this."""
    try:
        view = read(View)
        if view.kind not in ("", *KINDS) or view.figure not in ("", *RANKINGS):
            raise InputError("the address asks for a kind or a figure that Find does not know: remove it")
        shown = found(view)
    except InputError as error:
        unreadable(error, ("Find", View()))
        return
    left, right = st.columns([0.5, 0.5], gap="medium", vertical_alignment="center")
    with left:
        box(view)
    with right:
        kinds(view, shown.totals)
    filters(view)
    if view == View():
        clickable(parts.start(shown.searched), "find_start")
    else:
        answer(view, shown)


page()

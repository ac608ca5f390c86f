"""HTML on a page: pieces that are safe by construction (`explorer_engine.drawing.html`), and their way in."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer_engine.drawing.html import Html, esc, joined, plain

__all__ = ["Html", "esc", "joined", "plain", "still"]


def still(html: Html, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put HTML on the page that nobody clicks on.

    TypeError for a plain str: it may not have been escaped. ValueError for a picture: Streamlit would leave
    it out.
    """
    if not isinstance(html, Html):
        raise TypeError("still takes Html: make it with Html(...).format(...), which escapes")
    if "<svg" in html:
        raise ValueError("still shows no pictures: use clickable")
    st.html(html, width=width)

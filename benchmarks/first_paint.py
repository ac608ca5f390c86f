"""First paint in Chromium: from the address to what the page is for, drawn, against 2.5 s.

A server is started for each page and asked for it at once; then new browser profiles, which keep nothing of
the last, ask it again. An empty page of Streamlit's own stands first: less than that no page can take, and on
a busy machine it tells how much of the rest is waiting.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.pages import PAGES
from tests.browser.conftest import ARGS, CHROMIUM, HOW, serve
from tests.browser.finding import DRAWN

__all__ = ["first_paints"]

BUDGET, VISITS = 2.5, 5
MAIN = {
    "start": "a.door",
    "behaviours": "[role=list] .answer",
    "circuit": DRAWN,
    "features": ".quantile",
    "judge": ".quantile",
    "shift": "button[data-act=spurious], .st-key-empty",
}
"""Page → what it is for; a world without a classifier says so."""
EMPTY = "import streamlit as st\nst.html('<p>empty</p>')\n"


def first_paints() -> None:
    """Print each page's first paint from a new server and the median of later ones, and the load.

    The world is that of CIRCUIT_EXPLORER_WORLDS.
    """
    if not CHROMIUM:
        raise SystemExit(HOW)
    print(f"{'in Chromium':12}{'new server s':>14}{'later s':>9}{'later / 2.5 s':>15}{'load':>6}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, "utf-8")
        _page(browser, "(empty)", "", "[data-testid=stHtml]", str(empty))
        for page in PAGES:
            _page(browser, page.title, "" if page.name == "start" else page.name, MAIN[page.name])


def _page(browser: Browser, title: str, path: str, main: str, script: str = "app/main.py") -> None:
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), script=script) as url:
        first, *later = (_visit(browser, f"{url}/{path}", main) for _ in range(1 + VISITS))
    middle = statistics.median(later)
    print(f"{title:12}{first:14.2f}{middle:9.2f}{middle / BUDGET:15.2f}{os.getloadavg()[0]:6.1f}")


def _visit(browser: Browser, url: str, main: str) -> float:
    """Seconds until a new profile shows `main` at `url`."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(main)
    taken = time.perf_counter() - begun
    context.close()
    return taken

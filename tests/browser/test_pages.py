"""Every page in both themes paints in time, fits its screen, stays on the machine; pictures go to shots/."""

from __future__ import annotations

import time

import pytest

PAGES = {
    "start": "",
    "behaviours": "behaviours",
    "circuit": "circuit",
    "features": "features",
    "shift": "shift",
}
"""Name of the picture → path; Start is the address without a path."""
READY = {"circuit": ".vbox[data-ready]"}
FIRST_PAINT = 2.5
"""Seconds from the address to the page's content, with the server already warm."""


def settle(page, name: str) -> None:
    page.wait_for_selector(READY.get(name, ".sf"), state="attached")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(400)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page(open_tab, app_url, shots, name, theme):
    page = open_tab(theme=theme)
    page.goto(
        f"{app_url}/{PAGES[name]}"
    )  # the process's first visitor pays for imports; the paint is timed below
    settle(page, name)
    start = time.monotonic()
    page.goto(f"{app_url}/{PAGES[name]}")
    page.wait_for_selector(READY.get(name, ".sf"), state="attached")
    took = time.monotonic() - start
    settle(page, name)
    page.screenshot(path=shots / f"{name}_{theme}.png")
    assert took <= FIRST_PAINT
    assert page.locator("[data-testid=stException]").count() == 0
    box = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return [m.scrollHeight - m.clientHeight, m.scrollWidth - m.clientWidth]; })()"
    )
    assert box[0] <= 2 and box[1] <= 2, f"the page overflows its screen by {box} px"


@pytest.mark.parametrize("name", PAGES)
def test_wide_page(open_tab, app_url, shots, name):
    page = open_tab(size=(1600, 1000))
    page.goto(f"{app_url}/{PAGES[name]}")
    settle(page, name)
    page.screenshot(path=shots / f"{name}_wide.png")
    assert page.locator("[data-testid=stException]").count() == 0

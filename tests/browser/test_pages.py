"""Every page in both themes fits its screen and stays on the machine; pictures go to shots/."""

from __future__ import annotations

import time

import pytest

from tests.browser.waiting import settled

PAGES = {
    "start": "",
    "behaviours": "behaviours",
    "circuit": "circuit",
    "features": "features",
    "shift": "shift",
}
"""Name of the picture → path; Start is the address without a path."""
READY = {"circuit": ".vbox[data-ready]"}


def settle(page, name: str) -> None:
    page.wait_for_selector(READY.get(name, ".sf"), state="attached")
    settled(page)
    page.wait_for_timeout(400)


def paint(page, url: str, name: str) -> float:
    """Seconds from the address to the page's content."""
    start = time.monotonic()
    page.goto(url)
    page.wait_for_selector(READY.get(name, ".sf"), state="attached")
    return time.monotonic() - start


@pytest.fixture(scope="module")
def warm_url(browser, app_url):
    """The app after its first visitor, who pays for the imports of the process."""
    page = browser.new_page()
    page.goto(app_url)
    page.wait_for_selector(".sf", state="attached")
    page.close()
    return app_url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page(open_tab, warm_url, shots, name, theme):
    page = open_tab(theme=theme)
    took = min(paint(page, f"{warm_url}/{PAGES[name]}", name) for _ in range(2))
    settle(page, name)
    page.screenshot(path=shots / f"{name}_{theme}.png")
    (shots / f"first_paint_{name}_{theme}.txt").write_text(f"{took:.2f} s\n", "utf-8")
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

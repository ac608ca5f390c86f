"""Every page in both themes fits its screen and stays on the machine; pictures go to shots/."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import quote

import pytest

from app.annotator import COOKIE
from tests.browser.finding import DRAWN
from tests.browser.waiting import settled

PAGES = {
    "start": "",
    "find": "find?q=her",
    "behaviours": "behaviours",
    "circuit": "circuit",
    "compare": "compare",
    "compare_pair": "compare?a=agreement-across-rc&b=agreement-across-pp",
    "compare_sides": "compare?a=agreement-across-rc&b=agreement-across-pp&show=sides",
    "features": "features",
    "judge": "judge",
    "shift": "shift",
}
"""Name of the picture → path; Start is the address without a path."""
READY = {"circuit": DRAWN, "compare_pair": DRAWN, "compare_sides": DRAWN}


def settle(page, name: str) -> None:
    page.wait_for_selector(READY.get(name, "[data-act]"), state="attached")
    settled(page)
    page.wait_for_timeout(400)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page(open_tab, app_url, shots, name, theme):
    page = open_tab(theme=theme)
    page.goto(f"{app_url}/{PAGES[name]}")
    settle(page, name)
    page.screenshot(path=shots / f"{name}_{theme}.png")
    assert page.locator("[data-testid=stException]").count() == 0
    box = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return [m.scrollHeight - m.clientHeight, m.scrollWidth - m.clientWidth]; })()"
    )
    assert box[0] <= 2 and box[1] <= 2, f"the page overflows its screen by {box} px"


def test_start_shows_how_every_part_was_made(page, app_url):
    page.goto(f"{app_url}/")
    settle(page, "start")
    hidden = page.locator(".st-key-made_box").evaluate("box => box.scrollHeight - box.clientHeight")
    assert hidden <= 1


@pytest.mark.parametrize("name", PAGES)
def test_wide_page(open_tab, app_url, shots, name):
    page = open_tab(size=(1600, 1000))
    page.goto(f"{app_url}/{PAGES[name]}")
    settle(page, name)
    page.screenshot(path=shots / f"{name}_wide.png")
    assert page.locator("[data-testid=stException]").count() == 0


HEADER = ", ".join(
    f"[data-testid={name}]:visible"
    for name in ("stHeaderLogo", "stTopNavLink", "stExpandSidebarButton", "stMainMenuButton")
)


@pytest.mark.parametrize("width", [390, 700, 1000, 1366])
def test_nothing_in_the_header_lies_over_anything_else(open_tab, app_url, width):
    page = open_tab(size=(width, 768))
    page.context.add_cookies([{"name": COOKIE, "value": quote("Ada " * 9), "url": app_url}])
    page.goto(f"{app_url}/")
    settle(page, "start")
    assert page.get_by_text("You: Ada").count() == 1
    shown = page.locator(f"{HEADER}, .world:visible, .st-key-world button:visible")
    boxes = sorted((box.bounding_box() for box in shown.all()), key=lambda box: box["x"])
    assert len(boxes) >= 4 and boxes[0]["x"] >= 0 and boxes[-1]["x"] + boxes[-1]["width"] <= width
    for one, other in pairwise(boxes):
        assert one["x"] + one["width"] <= other["x"], f"{one} and {other}"


def test_a_question_mark_opens_the_keys_and_escape_closes_them(page, app_url):
    page.goto(f"{app_url}/behaviours")
    settle(page, "behaviours")
    keys = page.locator("#keys")
    assert not keys.is_visible()
    page.keyboard.press("?")
    assert keys.is_visible() and "the next, the previous behaviour" in keys.inner_text()
    page.keyboard.press("Escape")
    assert not keys.is_visible()
    page.locator("input").first.focus()
    page.keyboard.press("?")
    assert not keys.is_visible(), "it is typed"

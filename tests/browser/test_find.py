"""Find in a browser: `/` from any page, a result by keys, Back, widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import settled

ROW = "a.row-find"


def test_a_slash_asks_from_any_page_and_back_takes_one_press(page, app_url):
    page.goto(f"{app_url}/behaviours")
    page.wait_for_selector("[role=option]")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("himself")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/find\?q=himself&"))
    expect(page.locator(ROW).first).to_contain_text("himself")
    settled(page)
    page.locator(ROW).first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/behaviours\?.*behaviour=\d+"))
    settled(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/find\?q=himself&"))
    expect(page.locator(ROW).first).to_contain_text("himself")


def test_a_slash_on_find_puts_the_cursor_into_its_box_and_escape_closes_elsewhere(page, app_url):
    page.goto(f"{app_url}/find?q=her")
    page.wait_for_selector(ROW)
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("teacher")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/find\?q=teacher&"))
    page.goto(f"{app_url}/features")
    page.wait_for_selector("[role=option]")
    settled(page)
    page.keyboard.press("/")
    box = page.locator("#find")
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000, 1366, 1920])
def test_find_fits(open_tab, app_url, shots, width, theme):
    page = open_tab(theme=theme, size=(width, 768))
    page.goto(f"{app_url}/find?q=her")
    page.wait_for_selector(ROW)
    settled(page)
    page.screenshot(path=shots / f"find_{width}_{theme}.png")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 2
    for row in page.locator(ROW).all()[:12]:
        cells = [cell.bounding_box() for cell in row.locator("> span").all() if cell.is_visible()]
        for one, other in ((a, b) for i, a in enumerate(cells) for b in cells[i + 1 :]):
            apart = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            apart |= (
                one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            )
            assert apart, f"{row.inner_text()}: {one} and {other}"

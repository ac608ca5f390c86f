"""The Compare page in a browser: matrix to pair and back, nodes, views, theme, widths, pictures to keep."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.browser.finding import DRAWN, take_away
from tests.browser.waiting import settled

PAIR = "compare?a=agreement-across-rc&b=agreement-across-pp"
CELL = "[role=grid] [data-act=pair]"


def opened(page, app_url, path: str, ready: str = DRAWN):
    page.goto(f"{app_url}/{path}")
    page.wait_for_selector(ready)
    settled(page)


def test_a_cell_opens_its_pair_and_back_takes_one_press(page, app_url):
    opened(page, app_url, "compare?kind=contrast", CELL)
    page.locator(CELL).first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.dataset.act") == "pair"
    page.keyboard.press("Enter")
    page.wait_for_selector(DRAWN)
    settled(page)
    assert "a=agreement" in page.url and "b=agreement" in page.url
    page.go_back()
    page.wait_for_selector(CELL)


def test_a_node_is_read_in_words_and_escape_deselects_it(page, app_url):
    opened(page, app_url, PAIR)
    page.locator("[role=link][data-act=node]").first.click()
    page.get_by_text("effect in A", exact=True).wait_for()
    settled(page)
    assert "node=" in page.url
    page.locator("[role=application]").focus()
    page.keyboard.press("Escape")
    page.get_by_text("Features in common").wait_for()


def test_views_are_addresses(page, app_url):
    opened(page, app_url, PAIR)
    page.get_by_role("button", name="Side by side").click()
    page.wait_for_function("() => document.querySelectorAll('[role=application][data-ready]').length === 2")
    assert "show=sides" in page.url
    page.reload()
    page.wait_for_function("() => document.querySelectorAll('[role=application][data-ready]').length === 2")
    page.get_by_role("button", name="Matrix").click()
    page.wait_for_selector(CELL)


@pytest.mark.parametrize("width", [390, 1000, 1920])
@pytest.mark.parametrize("path", [PAIR, "compare?kind=contrast"])
def test_nothing_of_the_page_stands_beside_its_screen(open_tab, app_url, width, path):
    page = open_tab(size=(width, 844))
    opened(page, app_url, path, f"{DRAWN}, {CELL}")
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] [class*=st-key-compare_]')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"""
    )
    assert not beyond


def test_a_saved_picture_says_what_it_is(page, app_url, tmp_path: Path):
    opened(page, app_url, PAIR)
    take_away(page).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture (SVG)").click()
    file = tmp_path / "picture.svg"
    download.value.save_as(file)
    text = " ".join(ElementTree.parse(file).getroot().itertext())
    assert "agreement-across-rc" in text and "violet: only in A" in text and "strongest nodes" in text

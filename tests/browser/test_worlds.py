"""Two worlds on one server: the list opens the other one, links stay in it, Back returns."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, serve
from tests.browser.waiting import settled
from tests.worlds import build_world, dialects, without


@pytest.fixture
def two_worlds(tmp_path, monkeypatch):
    """The address of a server with the shipped world and a small one that lacks a part."""
    build_world(tmp_path / "comments", without("loss curves", dialects()))
    paths = [str(ROOT / "assets" / "demo"), str(tmp_path / "comments")]
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", os.pathsep.join(paths))
    with serve(tmp_path) as url:
        yield url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_of_worlds(open_tab, two_worlds, shots, theme):
    page = open_tab(theme=theme)
    page.goto(two_worlds)
    expect(page).to_have_url(re.compile(r"/\?world=demo-[0-9a-f]{8}$"))
    settled(page)
    page.screenshot(path=shots / f"worlds_start_{theme}.png")
    page.locator(".st-key-worlds button").first.click()
    cards = page.locator(".world-card")
    expect(cards).to_have_count(2)
    expect(cards.nth(1)).to_contain_text("Left out")
    settled(page)
    page.screenshot(path=shots / f"worlds_open_{theme}.png")
    cards.nth(1).click()
    expect(page).to_have_url(re.compile(r"/\?world=comments-[0-9a-f]{8}$"))
    expect(cards).to_have_count(0)
    expect(page.locator(".world").first).to_contain_text("12 features")
    page.get_by_test_id("stTopNav").get_by_role("link", name="Features").click()
    expect(page).to_have_url(re.compile(r"/features\?.*world=comments-"))
    expect(page.locator(".world").first).to_contain_text("12 features")
    settled(page)
    page.go_back()
    settled(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/\?world=demo-"))
    expect(page.locator(".world").first).to_contain_text("8,320 features")


def test_a_new_tab_from_the_navigation_stays_in_the_world(open_tab, two_worlds):
    page = open_tab()
    page.goto(two_worlds)
    page.locator(".st-key-worlds button").first.click()
    page.locator(".world-card").nth(1).click()
    expect(page).to_have_url(re.compile("world=comments-"))
    settled(page)
    for how in ({"modifiers": ["ControlOrMeta"]}, {"button": "middle"}):
        with page.context.expect_page() as opened:
            page.get_by_test_id("stTopNav").get_by_role("link", name="Features").click(**how)
        expect(opened.value).to_have_url(re.compile(r"/features\?.*world=comments-"))
        expect(opened.value.locator(".world").first).to_contain_text("12 features")

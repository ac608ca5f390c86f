"""Served below a path (`--server.baseUrlPath`), links, addresses and the history stay below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.browser.conftest import serve
from tests.browser.waiting import settled


@pytest.fixture(scope="module")
def explorer_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("below"), "x") as url:
        yield url


def test_links_and_addresses_stay_below_the_path(open_tab, explorer_url):
    page = open_tab()
    page.goto(f"{explorer_url}/")
    page.get_by_role("link", name=re.compile("^See behaviours")).click()
    page.wait_for_url(f"{explorer_url}/behaviours*")
    settled(page)
    links = page.locator("a[data-act=go]").evaluate_all("es => es.map(e => e.getAttribute('href'))")
    assert links and all(to.startswith("/x/") for to in links)
    page.goto(f"{explorer_url}{links[0].removeprefix('/x')}")
    page.wait_for_selector("[data-act]", state="attached")
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_page_comes_back_to_its_last_view_at_its_own_address(open_tab, explorer_url):
    page = open_tab()
    page.goto(f"{explorer_url}/features?q=he")
    page.wait_for_selector("[data-act]", state="attached")
    navigation = page.get_by_test_id("stTopNav")
    navigation.get_by_role("link", name="SHIFT").click()
    page.wait_for_url(f"{explorer_url}/shift*")
    navigation.get_by_role("link", name="Features").click()
    page.wait_for_url(re.compile(r"/x/features\?q=he&world=demo-"))

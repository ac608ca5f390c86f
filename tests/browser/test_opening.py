"""A circuit's file in a browser: opened from the list, there after a reload and in a second tab, removed."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.browser.finding import DRAWN, standing_for
from tests.browser.waiting import settled
from tests.explorer_engine.formats.graphs import neuronpedia_graph


def list_of(page):
    """Opens the list of circuits by the title in the bar."""
    page.get_by_role("button", name="dallas").first.click()
    expect(page.get_by_placeholder("Title or id")).to_be_visible()


def test_a_file_is_opened_kept_and_removed(page, open_tab, app_url, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(neuronpedia_graph()))
    page.goto(f"{app_url}/circuit")
    page.wait_for_selector(DRAWN)
    settled(page)
    page.get_by_role("button", name="Subject").first.click()
    page.get_by_label("file upload").set_input_files(str(file))
    expect(page).to_have_url(re.compile("circuit=file-[0-9a-f]{12}"))
    expect(page.get_by_role("note")).to_contain_text("gemma-2-2b")
    id = re.findall("file-[0-9a-f]{12}", page.url)[0]
    page.reload()
    other = open_tab()
    other.goto(page.url)
    for tab in (page, other):
        expect(tab.get_by_role("button", name="dallas").first).to_be_visible()
        expect(tab.get_by_text("<b>capitals</b>", exact=True).first).to_be_visible()
        settled(tab)
    list_of(page)
    page.get_by_role("button", name="Remove dallas").click()
    expect(standing_for(page, "option", id)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("file-"))
    other.reload()
    expect(other.get_by_text("is not open here")).to_be_visible()

"""A name is remembered by the browser, as text, until its owner signs out."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.finding import NAME
from tests.browser.waiting import settled


def test_a_name_outlives_a_reload_and_a_new_tab_until_one_signs_out(page, app_url):
    page.goto(f"{app_url}/features")
    page.get_by_role("button", name="Your name").first.click()
    page.get_by_placeholder(NAME).first.fill("Ünal $x$")
    page.get_by_placeholder(NAME).first.press("Enter")
    mine = page.get_by_role("button", name="You: Ünal $x$", exact=True)
    expect(mine).to_be_visible()
    settled(page)
    page.reload()
    expect(mine).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{app_url}/circuit")
    expect(other.get_by_role("button", name="You: Ünal $x$", exact=True)).to_be_visible()
    other.close()
    mine.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Your name").first).to_be_visible()
    settled(page)
    page.reload()
    expect(page.get_by_role("button", name="Your name").first).to_be_visible()

"""The newcomer's path: find a behaviour, open its circuit, read a feature, mark it, watch SHIFT change."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ".vbox[data-ready]"
WHERE = """id => {
  const s = globalThis.__circuits.circ, b = s.box.getBoundingClientRect();
  const p = s.net.canvasToDOM(s.net.getPosition(id));
  return [b.x + p.x, b.y + p.y];
}"""
NAME = "Your name, to judge and label"


@pytest.fixture(scope="module")
def store() -> ArtefactStore:
    """The world that the app under test shows."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLD") or ROOT / "assets" / "demo"
    return ArtefactStore(Path(path) / "world.duckdb")


def test_newcomer_path(page, app_url, store):
    began = time.monotonic()
    page.goto(app_url)

    # a behaviour: its contexts stand under one another
    page.locator(".door", has_text="See behaviours").click()
    expect(page).to_have_url(re.compile(r"/behaviours\?.*behaviour=\d+"))
    expect(page.locator(".kw[role=listitem]").first).to_be_visible()
    row = page.locator(".row.bl[role=option]").nth(1)
    chosen = int(row.get_attribute("data-val"))
    row.click()
    expect(page.locator(".st-key-bhead .id")).to_have_text(f"#{chosen}")

    # its circuit
    behaviour = store.behaviours.get(chosen)
    page.get_by_role("link", name="open", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/circuit\?.*circuit={behaviour.circuit}"))
    page.wait_for_selector(DRAWN)

    # a feature of it, by a click in the drawing
    node = next(n for n in store.circuits.graph(behaviour.circuit).nodes if n.feature is not None)
    settled(page)
    page.mouse.click(*page.evaluate(WHERE, node.id))
    expect(page).to_have_url(re.compile("node="))
    card = page.locator(".st-key-card")
    expect(card.get_by_text(str(node.ref), exact=False).first).to_be_visible()
    expect(card.locator(".ts").first).to_be_visible()

    # marked, by name
    settled(page)
    card.get_by_role("button", name=re.compile("^Spurious")).click()
    page.get_by_placeholder(NAME).first.fill("Nora")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="You: Nora")).to_be_visible()
    expect(card.get_by_text("you: spurious")).to_be_visible()

    # SHIFT: the features that a person would call spurious, and what taking them out does
    page.get_by_role("link", name="SHIFT", exact=True).click()
    after = page.locator(".mt.big .af").first
    expect(after).to_be_visible()
    task = store.classifiers.tasks()[0].task
    original = next(run for run in store.classifiers.runs(task) if run.name == "original")
    expect(after).to_have_text(f"{original.profession * 100:.1f}", timeout=30_000)
    spurious = [f.ref for f in store.classifiers.features(task) if f.spurious_truth][:8]
    for ref in spurious:
        settled(page)
        page.locator(f'button.j[data-act=spurious][data-val="{ref}"]').click()
        marked = page.locator(f'button.j[data-act=spurious][data-val="{ref}"]')
        expect(marked).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"{len(spurious)} of", exact=False).first).to_be_visible()
    settled(page)
    expect(after).to_have_text(re.compile(rf"^(?!{original.profession * 100:.1f})\d+\.\d$"), timeout=30_000)
    assert float(after.inner_text()) > original.profession * 100 + 5
    assert time.monotonic() - began < 180


def test_keys_walk_the_list_and_the_back_button_returns(page, app_url):
    page.goto(f"{app_url}/features")
    page.wait_for_selector(".row.ft[role=option]")
    settled(page)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("feature="))
    settled(page)
    first = page.locator(".st-key-ftitle .id").inner_text()
    expect(page).to_have_url(re.compile(re.escape(first.replace("/", "%2F"))))
    page.locator(".row.al[role=link]").first.click()
    expect(page).to_have_url(re.compile("/circuit"))
    page.wait_for_selector(DRAWN)
    settled(page)
    page.go_back()
    expect(page.locator(".st-key-ftitle .id")).to_have_text(first)
    expect(page).to_have_url(re.compile(r"/features\?feature="))


def test_a_hostile_label_stays_text_on_every_page(page, app_url):
    hostile = '<img src=x onerror="window.__pwned=1"><script>window.__pwned=1</script>\u202egnorw'
    page.goto(f"{app_url}/features")
    page.wait_for_selector(".row.ft[role=option]")
    settled(page)
    page.keyboard.press("l")
    page.get_by_placeholder(NAME).fill("<b>Mallory</b>")
    page.keyboard.press("Enter")
    settled(page)
    field = page.get_by_placeholder("What is this?")
    field.fill(hostile)
    page.keyboard.press("Enter")
    title = page.locator(".st-key-ftitle .t1")
    expect(title).to_contain_text("<img src=x")
    expect(title).to_contain_text("\\x202egnorw")
    settled(page)
    page.locator(".row.al[role=link]").first.click()
    page.wait_for_selector(DRAWN)
    settled(page)
    assert page.evaluate("window.__pwned") is None
    assert page.locator("img[src=x]").count() == 0


def test_an_unknown_page_is_said_and_start_opens(open_tab, app_url):
    page = open_tab(complaints=("does not seem to exist",))
    page.goto(f"{app_url}/nowhere")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.locator(".door").first).to_be_visible()

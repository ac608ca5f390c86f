"""The newcomer's path: find a behaviour, open its circuit, read a feature, mark it, watch SHIFT change."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.finding import DRAWN, NAME, PLACE, judge_button, row_of
from tests.browser.waiting import settled
from tests.markup import numbers_beside

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store() -> ArtefactStore:
    """The world that the app under test shows."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo"
    return ArtefactStore(Path(path) / "world.duckdb")


def test_newcomer_path(page, app_url, store):
    page.goto(app_url)

    # a behaviour: its contexts stand under one another
    page.get_by_role("link").filter(has_text="See behaviours").click()
    expect(page).to_have_url(re.compile(r"/behaviours\?.*behaviour=\d+"))
    expect(page.locator("[role=listitem]").first).to_be_visible()
    row = page.get_by_role("listbox", name="Behaviours").get_by_role("option").nth(1)
    chosen = int(row.get_attribute("data-value"))
    row.click()
    expect(page.get_by_text(f"#{chosen}", exact=True)).to_be_visible()

    # its circuit
    behaviour = store.behaviours.get(chosen)
    page.get_by_role("link", name="open", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/circuit\?.*circuit={behaviour.circuit}"))
    page.wait_for_selector(DRAWN)

    # a feature of it, by a click in the drawing
    node = next(n for n in store.circuits.graph(behaviour.circuit).circuit.nodes if not n.is_error)
    settled(page)
    page.mouse.click(*page.evaluate(PLACE, node.id))
    expect(page).to_have_url(re.compile("node="))
    expect(page.get_by_text(node.id, exact=True).first).to_be_visible()
    expect(page.get_by_text("strongest first", exact=True)).to_be_visible()

    # marked, by name
    settled(page)
    page.get_by_role("button", name=re.compile("^Spurious")).click()
    page.get_by_placeholder(NAME).first.fill("Nora")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="You: Nora")).to_be_visible()
    expect(page.get_by_text("you: spurious")).to_be_visible()

    # SHIFT: the features that a person would call spurious, and what taking them out does
    page.get_by_role("link", name="SHIFT", exact=True).click()
    task = store.classifiers.all()[0].task.name
    original = next(run for run in store.classifiers.runs(task) if run.split == "development")
    accuracy, before = row_of(page, "Profession"), f"{original.accuracies.label.percent[0]:.1f}"
    expect(accuracy).to_contain_text(f"{before}{before}", timeout=30_000)  # before, and after
    spurious = [f.ref for f in store.classifiers.features(task) if f.spurious][:8]
    for ref in spurious:
        settled(page)
        judge_button(page, ref).click()
        expect(judge_button(page, ref)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"{len(spurious)} of", exact=False).first).to_be_visible()
    settled(page)
    expect(accuracy).to_have_text(re.compile(rf"{before}(?!{before})\d+\.\d"), timeout=30_000)
    after = numbers_beside(page.get_by_test_id("stMain").inner_html(), "Profession")[1]
    assert after > original.accuracies.label.percent[0] + 5


def test_keys_walk_the_list_and_the_back_button_returns(page, app_url):
    page.goto(f"{app_url}/features")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Next"))).to_be_enabled()  # its key is there with it
    settled(page)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("feature="))
    settled(page)
    first = page.locator("[role=option][aria-selected=true]").get_attribute("data-value")
    expect(page).to_have_url(re.compile(re.escape(first.replace("/", "%2F"))))
    page.locator('[role=link][data-value^="/circuit"]').first.click()
    expect(page).to_have_url(re.compile("/circuit"))
    page.wait_for_selector(DRAWN)
    settled(page)
    page.go_back()
    expect(page.get_by_text(first, exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/features\?feature="))


def test_a_hostile_label_stays_text_on_every_page(page, app_url):
    hostile = '<img src=x onerror="window.__pwned=1"><script>window.__pwned=1</script>\u202egnorw'
    page.goto(f"{app_url}/features")
    expect(page.get_by_role("option").first).to_be_visible()
    settled(page)
    page.keyboard.press("l")
    page.get_by_placeholder(NAME).fill("<b>Mallory</b>")
    page.keyboard.press("Enter")
    settled(page)
    field = page.get_by_placeholder("What is it?")
    field.fill(hostile)
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"<img src=x.*\\x202egnorw")).first).to_be_visible()
    settled(page)
    page.locator('[role=link][data-value^="/circuit"]').first.click()
    page.wait_for_selector(DRAWN)
    settled(page)
    assert page.evaluate("window.__pwned") is None
    assert page.locator("img[src=x]").count() == 0


def test_an_unknown_page_is_said_and_start_opens(open_tab, app_url):
    page = open_tab(complaints=("does not seem to exist",))
    page.goto(f"{app_url}/nowhere")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.get_by_role("link").filter(has_text="See behaviours")).to_be_visible()

"""The SHIFT page in a browser: judging by click and by key, numbers that change, history, files."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.finding import NAME, ablated, judge_button, row_of, take_away
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store() -> ArtefactStore:
    """The world that the app under test shows."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo"
    return ArtefactStore(Path(path) / "world.duckdb")


@pytest.fixture(scope="module")
def features(store):
    task = store.classifiers.all()[0].task
    return store.classifiers.features(task.name)


def opened(page, app_url: str, name: str, more: str = "") -> None:
    """The page with the model loaded and a person named."""
    page.goto(f"{app_url}/shift{more}")
    expect(page.locator("[role=option]").first).to_be_visible(timeout=90_000)
    computed(page, 90_000)
    settled(page)
    page.get_by_role("button", name="Your name").first.click()
    field = page.get_by_placeholder(NAME).first
    field.fill(name)
    field.press("Enter")
    expect(page.get_by_role("button", name=f"You: {name}")).to_be_visible()
    page.keyboard.press("Escape")  # closes the header's field, so that keys are the page's again
    expect(field).to_be_hidden()
    settled(page)


def computed(page, timeout: int = 60_000) -> None:
    """Wait until the numbers are those of what is marked."""
    expect(page.get_by_text(re.compile("95% interval$"))).to_be_visible(timeout=timeout)


def test_numbers_change_when_a_feature_is_marked(page, app_url, features):
    opened(page, app_url, "Una")
    for n, f in enumerate(features[:4], 1):
        judge_button(page, f.ref).click()
        expect(page.get_by_text(f"{n} of {len(features)} features ablated")).to_be_visible()
        computed(page)
        settled(page)
    expect(ablated(page)).to_have_count(4)
    expect(page.get_by_text(re.compile("became right, .* became wrong"))).to_be_visible()
    for measure in ("Profession", "Gender", "Worst group"):
        expect(row_of(page, measure)).to_have_text(re.compile(r"(\d+\.\d){2}±"))
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(ablated(page)).to_have_count(3)
    expect(page.get_by_text(re.compile("^Undone: "))).to_be_visible()
    settled(page)
    expect(page.locator(".row-probe-feature").first).to_have_css("display", "grid")  # still styled
    page.get_by_role("button", name=re.compile("^History")).click()
    expect(page.get_by_text("start", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("^[+] "))).to_have_count(4)
    expect(page.get_by_text(re.compile("^− "))).to_have_count(1)  # the undo


def test_keys_open_judge_and_go_on(page, app_url, features):
    opened(page, app_url, "Kim")
    for key, word in (("s", "Spurious"), ("d", "Relevant"), ("f", "Unsure")):
        page.keyboard.press("n")
        expect(page.get_by_text("Reading", exact=True)).to_be_visible()
        settled(page)
        page.keyboard.press(key)
        row = page.locator("[role=option][aria-selected=true]")
        expect(row.locator("button[aria-pressed=true]")).to_have_count(1)
        expect(row.locator("button[aria-pressed=true]")).to_have_text("?" if word == "Unsure" else word)
        settled(page)
    first = str(features[0].ref).replace("/", "%2F")
    page.keyboard.press("k")
    settled(page)
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(f"feature={first}"))
    settled(page)
    page.keyboard.press("j")
    settled(page)
    page.keyboard.press("z")
    expect(page.locator("[role=option] button[aria-pressed=true]")).to_have_count(2)
    page.reload()
    expect(page.get_by_text("Reading", exact=True)).to_be_visible()  # the address holds the open feature


def test_two_quick_clicks_both_count(page, app_url):
    """The second leaves before the browser learns of the address that the first one made."""
    held, hold = [], []

    def line(route) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(lambda message: held.append((route, message)) if hold else route.send(message))

    page.route_web_socket(re.compile("_stcore/stream"), line)
    opened(page, app_url, "Quick")
    hold.append("all that the server says")
    page.get_by_text("Retrain", exact=True).click()
    page.get_by_text("Result", exact=True).click()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    hold.clear()
    for route, message in held:
        route.send(message)
    expect(page).to_have_url(re.compile("retrain=yes&result=yes"))
    computed(page)
    settled(page)
    expect(page).to_have_url(re.compile("retrain=yes&result=yes"))
    expect(page.get_by_text("Accuracy, test texts")).to_be_visible()


def test_policy_retraining_and_files(page, app_url, features, tmp_path):
    opened(page, app_url, "Pat")
    judge_button(page, features[0].ref).click()
    expect(ablated(page)).to_have_count(1)
    settled(page)
    page.get_by_text("Retrain", exact=True).click()
    expect(page).to_have_url(re.compile("retrain=yes"))
    computed(page)
    settled(page)
    page.get_by_text("Result", exact=True).click()
    expect(page).to_have_url(re.compile("result=yes"))
    expect(page.get_by_text("Accuracy, test texts")).to_be_visible()
    computed(page)
    expect(row_of(page, "SHIFT, live")).to_have_text(re.compile(r"(\d+\.\d){3}"))
    page.reload()  # the address holds both switches
    expect(page.get_by_text("Accuracy, test texts")).to_be_visible()
    computed(page)
    settled(page)
    page.get_by_text("Result", exact=True).click()
    expect(page.get_by_text("Accuracy, development texts")).to_be_visible()
    computed(page)
    settled(page)
    page.get_by_role("radio", name="Anyone").click() if page.get_by_role(
        "radio", name="Anyone"
    ).count() else (page.get_by_role("button", name="Anyone").click())
    expect(page).to_have_url(re.compile("policy=any"))
    computed(page)
    settled(page)
    take_away(page).click()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report (Markdown)").click()
    assert Path(waiting.value.path()).read_text("utf-8").startswith("# SHIFT")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Edited classifier (zip)").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert {"classifier.json", "classifier.py", "classifier.safetensors"} <= set(archive.namelist())

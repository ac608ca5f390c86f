"""The SHIFT page in a browser: judging by click and by key, numbers that change, history, files."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]
NAME = "Your name, to judge and label"


@pytest.fixture(scope="module")
def store() -> ArtefactStore:
    """The world that the app under test shows."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLD") or ROOT / "assets" / "demo"
    return ArtefactStore(Path(path) / "world.duckdb")


@pytest.fixture(scope="module")
def features(store):
    task = store.classifiers.tasks()[0]
    return store.classifiers.features(task.task)


def opened(page, app_url: str, name: str, more: str = "") -> None:
    """The page with the model loaded and a person named."""
    page.goto(f"{app_url}/shift{more}")
    page.wait_for_selector(".row.fr[role=option]")
    page.wait_for_function("!document.querySelector('.busy')", timeout=90_000)
    settled(page)
    page.get_by_role("button", name="Your name").first.click()
    field = page.get_by_placeholder(NAME).first
    field.fill(name)
    field.press("Enter")
    expect(page.get_by_role("button", name=f"You: {name}")).to_be_visible()
    page.keyboard.press("Escape")  # closes the header's field, so that keys are the page's again
    expect(field).to_be_hidden()
    settled(page)


def headline(page) -> list[str]:
    return page.locator(".mt.big .af").all_inner_texts()


def test_numbers_change_when_a_feature_is_marked(page, app_url, features):
    opened(page, app_url, "Una")
    for f in features[:4]:
        before = page.locator(".hd em").first.inner_text()
        page.locator(f'button.j[data-act=spurious][data-val="{f.ref}"]').click()
        page.wait_for_function(
            "said => document.querySelector('.hd em').innerText !== said && "
            "![...document.querySelectorAll('.mt.big .af')].some(e => e.innerText === '…')",
            arg=before,
            timeout=30_000,
        )
        settled(page)
    expect(page.locator(".row.fr.off")).to_have_count(4)
    expect(page.locator(".fl .ts").first).to_be_visible()
    four = headline(page)
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.locator(".row.fr.off")).to_have_count(3)
    settled(page)
    page.get_by_role("button", name=re.compile("^History")).click()
    expect(page.locator(".hs")).to_have_count(7)  # the head, the start, four marks and the undo
    assert len(four) == 3


def test_keys_open_judge_and_go_on(page, app_url, features):
    opened(page, app_url, "Kim")
    for key, word in (("s", "Spurious"), ("d", "Relevant"), ("f", "Unsure")):
        page.keyboard.press("n")
        expect(page.locator(".st-key-read")).to_be_visible()
        settled(page)
        page.keyboard.press(key)
        row = page.locator(".row.fr[aria-selected=true]")
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
    expect(page.locator("button.j[aria-pressed=true]")).to_have_count(2)
    page.reload()
    page.wait_for_selector(".st-key-read")  # the address holds the open feature


def test_policy_retraining_and_files(page, app_url, features, tmp_path):
    opened(page, app_url, "Pat")
    page.locator(f'button.j[data-act=spurious][data-val="{features[0].ref}"]').click()
    expect(page.locator(".row.fr.off").first).to_be_visible()
    settled(page)
    page.get_by_text("Retrain", exact=True).click()
    expect(page).to_have_url(re.compile("retrain=yes"))
    expect(page.get_by_text("SHIFT, live + retrain")).to_be_visible()
    page.wait_for_function(
        "![...document.querySelectorAll('.mt.big .af')].some(e => e.innerText === '…')", timeout=60_000
    )
    settled(page)
    page.get_by_role("radio", name="Anyone").click() if page.get_by_role(
        "radio", name="Anyone"
    ).count() else (page.get_by_role("button", name="Anyone").click())
    expect(page).to_have_url(re.compile("policy=any"))
    settled(page)
    page.wait_for_function("!document.querySelector('.busy')", timeout=60_000)
    page.locator(".st-key-smore button").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report (Markdown)").click()
    assert Path(waiting.value.path()).read_text("utf-8").startswith("# SHIFT")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Edited classifier (zip)").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert {"classifier.json", "probe.safetensors", "use.py"} <= set(archive.namelist())

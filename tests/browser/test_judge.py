"""The Judge page in a browser: keys one after another, however fast; fields; a reload; a name asked for."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.finding import NAME
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"s": "spurious", "d": "relevant", "f": "unsure", "k": "skip"}


@pytest.fixture(scope="module")
def order() -> list[str]:
    """The queue of the first classifier's circuit, strongest first."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo"
    store = ArtefactStore(Path(path) / "world.duckdb")
    found = store.classifiers.features(store.classifiers.all()[0].task.name)
    return [str(f.ref) for f in sorted(found, key=lambda f: -abs(f.effect))]


@pytest.fixture
def said(tmp_path_factory):
    """`said("Ada")`: what a person has said, as the server's log has it: (feature, what)."""

    def read(name: str) -> list[tuple[str, str]]:
        logs = tmp_path_factory.getbasetemp().rglob("judgements/judgements-*.jsonl")
        rows = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
        return [(row["target"], row["value"]) for row in rows if row["annotator"] == name]

    return read


def opened(page, app_url: str, name: str | None = None, more: str = "") -> None:
    if name:
        page.context.add_cookies([{"name": "circuit-explorer-name", "value": name, "url": app_url}])
    page.goto(f"{app_url}/judge{more}")
    expect(page.get_by_text("Is this about the profession, or about something else?")).to_be_visible()
    settled(page)


def at(page, n: int, order: list[str]) -> None:
    """The n-th feature is on screen, and in the address."""
    expect(page.get_by_text(f"{n} of {len(order)}", exact=True)).to_be_visible()
    expect(page.locator(".judge-card").get_by_text(order[n - 1], exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(order[n - 1].replace("/", "%2F"))))


@pytest.mark.parametrize("gap", [50, 0])
def test_of_keys_pressed_faster_than_the_page_answers_none_is_lost(page, app_url, order, said, gap):
    name, keys = f"Mash{gap}", "sdfksdfsdfsskdsffdsd"
    opened(page, app_url, name)
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(gap)
    at(page, len(keys) + 1, order)
    settled(page)
    assert said(name) == [(ref, WORDS[key]) for ref, key in zip(order, keys, strict=False)]
    cells = page.get_by_role("group", name="Queue").get_by_role("button", include_hidden=True)
    for i, key in enumerate(keys):
        expect(cells.nth(i)).to_have_attribute("title", f"{i + 1}: {WORDS[key]}")


def test_keys_lead_on_back_and_a_reload_goes_on(page, app_url, order, said):
    opened(page, app_url, "Jil")
    page.keyboard.press("s")
    at(page, 2, order)
    page.keyboard.press("d")
    at(page, 3, order)
    page.keyboard.press("z")
    at(page, 2, order)
    page.keyboard.press("Shift+J")
    at(page, 1, order)
    expect(page.get_by_role("button", name="Spurious S")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("j")
    at(page, 2, order)
    page.reload()
    at(page, 2, order)
    settled(page)
    page.keyboard.press("f")
    at(page, 3, order)
    page.goto(f"{app_url}/judge")  # the address says nothing: the first that is not judged
    expect(page.get_by_text(f"3 of {len(order)}", exact=True)).to_be_visible()
    assert said("Jil")[:2] == [(order[0], "spurious"), (order[1], "relevant")]
    assert said("Jil")[-1] == (order[1], "unsure")


def test_a_key_before_a_name_asks_for_it_and_is_carried_out(page, app_url, order, said):
    opened(page, app_url)
    page.keyboard.press("s")
    field = page.get_by_placeholder(NAME).first
    expect(field).to_be_focused()
    page.keyboard.type("Noa")
    page.keyboard.press("Enter")
    at_second = page.get_by_text(f"2 of {len(order)}", exact=True)
    expect(at_second).to_be_visible()
    assert said("Noa") == [(order[0], "spurious")]


def test_fields_keep_what_is_typed_and_keys_in_them_judge_nothing(page, app_url, order, said):
    opened(page, app_url, "Lea")
    slider = page.get_by_role("slider", name="Complexity")
    expect(slider).to_have_attribute("aria-valuetext", "not rated")
    page.keyboard.press("l")
    page.keyboard.type("sd fk")
    page.keyboard.press("Enter")
    settled(page)
    slider.click()
    expect(slider).to_have_attribute("aria-valuetext", "50")
    settled(page)
    slider.press("ArrowRight")
    settled(page)
    page.keyboard.press("d")
    at(page, 2, order)
    expect(slider).to_have_attribute("aria-valuetext", "not rated")
    expect(page.get_by_label("Label", exact=True)).to_have_value("")
    settled(page)
    assert said("Lea") == [(order[0], word) for word in ("sd fk", "50", "51", "relevant")]
    page.keyboard.press("Shift+J")
    at(page, 1, order)
    expect(page.get_by_label("Label", exact=True)).to_have_value("sd fk")
    expect(slider).to_have_attribute("aria-valuetext", "51")


def test_two_people_meet_in_agreement(open_tab, app_url, order):
    for name, keys in (("Uma", "ssd"), ("Vic", "sds")):
        page = open_tab()
        opened(page, app_url, name)
        for key in keys:
            page.keyboard.press(key)
        at(page, 4, order)
    page.get_by_text("Agreement", exact=True).first.click()
    expect(page.get_by_text("Uma · Vic")).to_be_visible()
    rows = page.get_by_role("link").filter(has=page.get_by_text(order[1], exact=True))
    expect(rows).to_have_count(1)
    rows.click()
    at(page, 2, order)
    assert parse_qs(urlsplit(page.url).query).get("part") is None

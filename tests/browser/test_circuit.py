"""The Circuit page in a browser: clicks and keys in the drawing, choosing, thresholds, pictures to keep."""

from __future__ import annotations

import json
import os
import re
import struct
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from explorer_engine.store.artefacts import ArtefactStore
from tests.browser.finding import DRAWN, NAME, PLACE, standing_for, take_away
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]
BOXES = """() => globalThis.__circuits.circuit_drawing.data.nodes.map(
  d => ({id: d.id, kind: d.kind, x: d.px, y: globalThis.__circuits.circuit_drawing.y(d.row) + d.dy,
      half: d.half}))"""
SELECTED = "() => globalThis.__circuits.circuit_drawing.sel"


@pytest.fixture(scope="module")
def store() -> ArtefactStore:
    """The world that the app under test shows."""
    path = os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo"
    return ArtefactStore(Path(path) / "world.duckdb")


@pytest.fixture
def circuit(store) -> str:
    """A position-resolved circuit."""
    return store.circuits.page(kind="contrast", limit=1).rows[0].id


@pytest.fixture(params=["behaviour", "contrast"])
def either(request, store) -> str:
    """A circuit that is summed over positions, and one that is not."""
    return store.circuits.page(kind=request.param, limit=1).rows[0].id


def opened(page, app_url, circuit: str, more: str = ""):
    page.goto(f"{app_url}/circuit?circuit={circuit}{more}")
    page.wait_for_selector(DRAWN)
    settled(page)


def card_of(page, node: str):
    """The id of the node whose card is open, as the card says it."""
    return page.get_by_text(node, exact=True).first


def title_of(circuit) -> re.Pattern[str]:
    """A circuit's title as the bar's button says it, perhaps cut."""
    return re.compile(re.escape(circuit.title[:12]))


def features(store, circuit: str):
    return [n for n in store.circuits.graph(circuit).circuit.nodes if not n.is_error]


def test_a_click_opens_the_card_and_the_ground_closes_it(page, app_url, store, either):
    opened(page, app_url, either)
    for node in features(store, either)[:4]:
        page.mouse.click(*page.evaluate(PLACE, node.id))
        expect(card_of(page, node.id)).to_be_visible()
        expect(page).to_have_url(re.compile("node="))
        settled(page)
    box = page.locator(DRAWN).bounding_box()
    page.mouse.click(box["x"] + 30, box["y"] + 8)
    expect(page.get_by_text("Strongest nodes")).to_be_visible()
    page.reload()
    page.wait_for_selector(DRAWN)
    expect(page.get_by_text("Strongest nodes")).to_be_visible()


def test_boxes_never_touch_at_any_width(page, app_url, store, either):
    opened(page, app_url, either, "&nodes=0.000001")
    for width, height in ((1280, 800), (1100, 720), (1600, 1000)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            "h => Math.abs(globalThis.__circuits.circuit_drawing.box.clientHeight - h) < 170", arg=height
        )
        page.wait_for_timeout(200)
        lines: dict[float, list] = {}
        for box in page.evaluate(BOXES):
            lines.setdefault(round(box["y"], 1), []).append(box)
        for line in lines.values():
            line.sort(key=lambda b: b["x"])
            for left, right in pairwise(line):
                assert right["x"] - right["half"] >= left["x"] + left["half"] - 0.5, (left, right)


def test_arrow_keys_walk_the_drawing_and_escape_deselects(page, app_url, circuit):
    opened(page, app_url, circuit)
    page.locator(DRAWN).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("globalThis.__circuits.circuit_drawing.sel === 'y'")
    settled(page)
    page.keyboard.press("ArrowDown")
    page.wait_for_function("![null, 'y'].includes(globalThis.__circuits.circuit_drawing.sel)")
    node = page.evaluate(SELECTED)
    settled(page)
    expect(card_of(page, node)).to_be_visible()
    expect(page.locator("[aria-live=polite]", has_text="effect")).to_have_count(1)
    page.locator(DRAWN).focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Strongest nodes")).to_be_visible()


def test_keys_judge_undo_and_go_on(page, app_url, store, circuit):
    first, second = features(store, circuit)[:2]
    opened(page, app_url, circuit, f"&node={first.id.replace('/', '%2F').replace('@', '%40')}")
    page.get_by_placeholder(NAME).fill("Kay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="You: Kay")).to_be_visible()
    settled(page)
    for key, said in (("s", "spurious"), ("d", "relevant"), ("f", "unsure")):
        page.keyboard.press(key)
        expect(page.get_by_text(f"you: {said}")).to_be_visible()
        settled(page)
    page.keyboard.press("z")
    expect(page.get_by_text("you: relevant")).to_be_visible()
    settled(page)
    page.keyboard.press("n")
    expect(card_of(page, second.id)).to_be_visible()
    settled(page)
    page.keyboard.press("l")
    field = page.get_by_placeholder("What is it? Enter keeps it")
    expect(field).to_be_focused()
    field.fill("what it is <i>")
    field.press("Enter")
    expect(page.get_by_text("what it is <i>", exact=True).first).to_be_visible()
    settled(page)
    page.keyboard.press("k")
    expect(card_of(page, first.id)).to_be_visible()
    settled(page)
    page.keyboard.press("j")
    expect(card_of(page, second.id)).to_be_visible()


def test_another_circuit_is_found_and_chosen(page, app_url, store):
    rows = store.circuits.page(limit=200).rows
    opened(page, app_url, rows[0].id)
    page.get_by_role("button", name=title_of(rows[0])).first.click()
    field = page.get_by_placeholder("Title or id")
    field.fill(rows[-1].id)
    field.press("Enter")
    expect(page.locator("[role=option]")).to_have_count(1)
    standing_for(page, "option", rows[-1].id).click()
    expect(page).to_have_url(re.compile(f"circuit={rows[-1].id}"))
    expect(page.get_by_role("button", name=title_of(rows[-1])).first).to_be_visible()


def test_a_node_below_the_threshold_is_found_by_text_and_drawn(page, app_url, store, circuit):
    opened(page, app_url, circuit, "&nodes=1000")
    weak = features(store, circuit)[-1]
    find = page.get_by_placeholder("Find a node")
    find.fill(weak.id)
    find.press("Enter")
    row = standing_for(page, "link", weak.id)
    expect(row).to_be_visible()
    row.click()
    expect(card_of(page, weak.id)).to_be_visible()
    page.wait_for_function(
        "id => globalThis.__circuits.circuit_drawing.data.nodes.some(n => n.id === id)", arg=weak.id
    )


def test_pictures_and_json_can_be_kept(page, app_url, store, circuit, tmp_path):
    opened(page, app_url, circuit)
    drawn = page.evaluate(BOXES)
    take_away(page).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture (SVG)").click()
    root = ElementTree.parse(waiting.value.path()).getroot()
    tag = "{http://www.w3.org/2000/svg}"
    titles = root.findall(f".//{tag}rect/{tag}title") + root.findall(f".//{tag}path/{tag}title")
    assert len(titles) == len(drawn)
    said = " ".join(root.itertext())
    assert circuit in said and "edges, with weights above" in said and "Blue: positive effect" in said
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture (PNG)").click()
    head = Path(waiting.value.path()).read_bytes()[:24]
    width = page.locator(DRAWN).bounding_box()["width"]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and abs(struct.unpack(">I", head[16:20])[0] - 3 * width) <= 6
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Whole: Circuit JSON").click()
    whole = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert len(whole["nodes"]) == len(store.circuits.graph(circuit).circuit.nodes)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="On screen: GraphML").click()
    assert waiting.value.suggested_filename == f"{circuit}-excerpt.graphml"


def test_the_drawing_follows_the_theme_and_the_window(page, app_url, circuit):
    opened(page, app_url, circuit)
    ground = "() => globalThis.__circuits.circuit_drawing.P.paper.join()"
    light = page.evaluate(ground)
    width = page.evaluate(
        "() => Math.max(...globalThis.__circuits.circuit_drawing.data.nodes.map(d => d.px))"
    )
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({ground})() !== light", arg=light)
    page.set_viewport_size({"width": 1500, "height": 900})
    page.wait_for_function(
        "w => Math.max(...globalThis.__circuits.circuit_drawing.data.nodes.map(d => d.px)) > w + 40",
        arg=width,
    )


def test_what_is_ablated_is_chosen_beside_the_curve_and_is_in_the_address(page, app_url):
    page.goto(f"{app_url}/circuit")
    page.wait_for_selector(DRAWN)
    box = page.get_by_role("combobox", name="What is ablated")
    other = box.locator("option").nth(1).inner_text()
    box.select_option(other)
    expect(page).to_have_url(re.compile(r"ablated="))
    settled(page)
    expect(box).to_have_value(other)
    page.reload()
    expect(page.get_by_role("combobox", name="What is ablated")).to_have_value(other)

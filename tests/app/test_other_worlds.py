"""A world of other things than the demo's: no page says a word of professions, of genders, of agreement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.shift.files import shift_report
from app.shift.screen import screen
from app.shift.view import ShiftView
from app.workers import engine
from app.workers.seat import Seat
from tests.worlds import PARTS, build_world, dialects, without

DEMOS = re.compile(
    r"profession|gender|nurse|biograph|\bdemo\b|\bagree|\bmale\b|female|planted", re.IGNORECASE
)
"""Words of the demo's story."""
AGREEMENT = re.compile("agreement", re.IGNORECASE)
"""Between people, on the Judge page: not the demo's, of subject and verb."""
ROOT = Path(__file__).resolve().parents[2]
VIEWS = [
    ("start", {}),
    ("behaviours", {}),
    ("behaviours", {"behaviour": 1}),
    ("behaviours", {"q": "nothing like it"}),
    ("circuit", {"circuit": "behaviour-0"}),
    ("circuit", {"circuit": "pairs-0", "node": "resid_0/3@1"}),
    ("circuit", {"circuit": "classifier-comments"}),
    ("circuit", {"circuit": "no such"}),
    ("features", {"feature": "embed/1"}),
    ("features", {"feature": "resid_0/3"}),
    ("judge", {}),
    ("judge", {"circuit": "behaviour-0"}),
    ("judge", {"blind": "no"}),
    ("judge", {"part": "agreement"}),
    ("shift", {}),
    ("shift", {"feature": "embed/1"}),
    ("shift", {"policy": "truth"}),
    ("shift", {"task": "no such"}),
]


def sent(at) -> str:
    """Everything that a page sent to the browser: markup, controls, drawings, messages."""
    protos = (getattr(element, "proto", None) for element in at.main)
    return "\n".join(str(proto) for proto in protos if proto is not None)


def said(text: str, page: str = "") -> list[str]:
    text = AGREEMENT.sub("", text) if page == "judge" else text
    return sorted({text[max(0, m.start() - 40) : m.end() + 20] for m in DEMOS.finditer(text)})


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("dialects") / "world", dialects())


@pytest.mark.parametrize(("page", "parameters"), VIEWS)
def test_no_page_says_a_word_of_the_demo(open_page, world, monkeypatch, page, parameters):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    at = open_page(page, **parameters)
    assert not at.exception
    assert said(sent(at), page) == []


@pytest.mark.parametrize("part", PARTS)
def test_no_page_says_one_where_a_part_is_missing(open_page, tmp_path, monkeypatch, part):
    world = build_world(tmp_path / "world", without(part, dialects()))
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    tab = None
    for page in ("start", "behaviours", "circuit", "features", "judge", "shift"):
        tab = open_page(page, tab)
        assert said(sent(tab), page) == [], page


def test_the_pages_say_the_worlds_own_words(open_page, world, monkeypatch):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    text = sent(open_page("shift"))
    for word in ("Tone", "Dialect", "toxic", "civil", "dialect A", "dialect B"):
        assert word in text


def test_the_report_of_a_classifier_says_them_too(open_page, world, monkeypatch):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(world))
    monkeypatch.setattr(engine, "_seat", Seat)  # a session's own is there while a page runs
    open_page("shift")
    text = shift_report(screen(ShiftView(result=True)))
    assert said(text) == [] and "tone" in text.lower() and "dialect" in text.lower()


@pytest.mark.parametrize("package", ["app", "explorer_engine"])
def test_no_message_sends_people_to_the_demo(package):
    """The way out is the world's own command; what the demo is about is no name in the code."""
    story = re.compile(r"make demo|precompute demo|gendered|\bprofession\b|\bgender\b")
    files = [*(ROOT / package).rglob("*.py")]
    assert files
    assert [str(f.relative_to(ROOT)) for f in files if story.search(f.read_text("utf-8"))] == []

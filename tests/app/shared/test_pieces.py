"""Pieces draw what they are given: hostile text stays text, numbers read as people write them."""

from __future__ import annotations

import html
import re

import pytest

from app.shared.text import link, name_of, num, pp
from explorer_engine.drawing.bars import bars, ebar, stack
from explorer_engine.drawing.charts import hist, losscurve, matrix, spark, whisker
from explorer_engine.drawing.tokens import chips, kwic, name_or_tokens, prose, show, strip, tok
from explorer_engine.store.values import BehaviourContext
from tests.markup import parse, select

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onclick='x",
    "</span></div>",
    "&amp;",
    "javascript:alert(1)",
    "\u202edrawkcab",
    "\x00\x1b[31m",
]
TAGS = {"code", "u", "span", "i", "b", "s", "em", "div", "svg", "path", "rect", "bdi", "a"}


def context(before: list[str], answer: str, after: list[str]) -> BehaviourContext:
    return BehaviourContext(1, 0, len(before), tuple(before), answer, tuple(after), p=0.5, truth=None)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_markup(text):
    pictures = [
        tok(text, title=text),
        chips([(text, 1.0), text]),
        strip([text, "b"], [1.0, 0.0]),
        kwic([context([text, text], text, [text])]),
        name_or_tokens(text, []),
        name_or_tokens(None, [text]),
        bars([(text, 0.5)]),
        link(text, "/start?q=" + text, title=text),
        name_of(text),
    ]
    for markup in pictures:
        elements = parse(markup).everything()
        assert {e.tag for e in elements} <= TAGS, markup
        assert not [name for e in elements for name in e.attributes if name.startswith("on")]
        assert not [e for e in elements if e.attributes.get("href", "/").startswith("javascript:")]
        assert "\x00" not in markup and "\u202e" not in html.unescape(markup)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (0.0123456, "0.0123"),
        (-1.5, "−1.50"),
        (123456.7, "123,457"),
        (3e-7, "3.00e-7"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_numbers_have_three_digits_and_a_real_minus(value, said):
    assert num(value) == said


def test_signs_are_shown_where_asked():
    assert num(0.5, sign=True) == "+0.500"
    assert pp(-3.14) == "−3.1"
    assert pp(0.01) == "0"


def test_whitespace_is_visible():
    assert show(" ") == "␣"
    assert show("\n\t") == "⏎⇥"
    assert show(" a", lead=True) == "␣a"
    assert show(" a") == " a"


def test_a_strip_shades_only_active_tokens_and_marks_the_strongest():
    shaded = [
        e for e in parse(strip(["a", "b", "c"], [0.0, 1.0, 2.0])).everything() if "style" in e.attributes
    ]
    assert [(e.text, e.attributes["style"]) for e in shaded] == [("b", "--shade:0.50"), ("c", "--shade:1.00")]
    weak, strongest = shaded
    assert weak.attributes.keys() < strongest.attributes.keys()  # the mark


def test_an_effect_bar_points_by_sign_and_is_hollow_when_ablated():
    assert "--positive" in ebar(1, 2) and "--negative" in ebar(-1, 2)
    assert "stroke-dasharray" in ebar(1, 2, hollow=True)


def test_pictures_of_nothing_say_so_and_draw_nothing():
    for picture, said in (
        (hist([], 0.0), "never active"),
        (hist([0, 0], 0.0), "never active"),
        (spark([], []), "training loss not measured"),
        (matrix([], 0, 1), "similarity of 0 contexts"),
    ):
        (named,) = select(picture, role="img")
        assert named.name == said and not named.text
        assert not [e for e in named.everything() if e.tag in ("path", "circle")]
    for rows in (bars([]), strip([], []), kwic([])):
        assert not parse(rows).text


def test_a_stack_tells_its_shares():
    (named,) = select(stack([0.5, 0.25]), role="img")
    assert named.name == "shares 50%, 25%"


def test_curves_and_whiskers_stay_inside_their_box():
    curve = losscurve([(1, 9.0), (1000, 0.1)], [(1, 9.0), (1000, 3.0)], w=200, h=100)
    for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", curve):
        assert 0 <= float(x) <= 200 and 0 <= float(y) <= 100
    assert "mean 3.00" in curve
    line = whisker((150.0, 90.0, 200.0), (-5.0, -9.0, 3.0), w=100)
    assert all(0 <= float(x) <= 100 for x in re.findall(r'cx="([-\d.]+)"', line))


def test_a_document_separator_is_a_short_mark_that_says_its_name_on_hover():
    end = "<|endoftext|>"
    for drawn in (
        prose(["a.", end, "The"]),
        strip(["a.", end, "The"], [0.0, 0.0, 1.0]),
        strip(["a.", end, "The"], [0.0, 1.0, 0.0]),
        kwic([context([end, "The"], " end", [end])]),
        tok(end),
    ):
        assert "¶" in parse(drawn).text
        assert "endoftext" not in parse(drawn).text and "endoftext" in drawn
    assert show("<|endoftext") == "<|endoftext"

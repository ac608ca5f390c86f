"""HTML is safe by construction: what goes into a template is escaped, and only literals are templates."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.shared.clickable import clickable
from app.shared.html import Html, esc, joined, still

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "app"
HOSTILE = "<script>alert('x')</script>\u202e\x07"


def test_what_is_put_into_a_template_is_escaped():
    made = Html('<b title="{}">{}</b>').format(HOSTILE, HOSTILE)
    for html in (made, joined([HOSTILE], HOSTILE), Html("<p>") + HOSTILE, esc(HOSTILE)):
        assert isinstance(html, Html)
        assert "<script" not in html and "'x'" not in html
        assert "\u202e" not in html and "\x07" not in html  # told as \x.., not obeyed


def test_html_stays_what_it_is():
    bold = Html("<b>{}</b>").format("a & b")
    assert esc(bold) == Html("<i>{}</i>").format(bold)[3:-4] == "<b>a &amp; b</b>"
    assert joined([bold, "<"]) == "<b>a &amp; b</b>&lt;"


def test_a_number_is_formatted_as_its_field_says():
    assert Html("{:.2f} {:,} {}").format(1.005, 1234, None) == f"{1.005:.2f} 1,234 None"


@pytest.mark.parametrize("show", [still, lambda html: clickable(html, "key")])
def test_a_plain_string_is_refused(show):
    with pytest.raises(TypeError, match="escapes"):
        show(f"<b>{HOSTILE}</b>")


def test_a_picture_that_streamlit_would_leave_out_is_refused():
    with pytest.raises(ValueError, match="use clickable"):
        still(Html("<p>{}</p>").format(Html('<svg width="10"></svg>')))


def test_only_literals_are_templates():
    calls = [
        (path.name, node)
        for folder in ("app", "explorer_engine/drawing", "precompute/site")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Html"
    ]
    assert len(calls) > 100
    assert [(name, node.lineno) for name, node in calls if not isinstance(node.args[0], ast.Constant)] == []


def test_nothing_else_puts_html_on_a_page():
    around = {
        "html.py",
        "header.py",
    }  # the place that hands it to Streamlit, and the product's own style sheets
    for path in sorted(APP.rglob("*.py")):
        text = path.read_text("utf-8")
        assert "unsafe_allow_html" not in text, path
        assert path.name in around or "st.html(" not in text, path

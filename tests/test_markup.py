"""The helper that page tests read markup with: roles, values, texts and numbers, whatever the look."""

from __future__ import annotations

import pytest

from tests.markup import numbers_beside, parse, select, values

LIST = """<div class=x role="listbox" aria-label="Fruit">
<div data-value="2" class="r on" role=option aria-selected="true">Pear &amp; <b>plum</b><br>\n ripe</div>
<div role="option" data-value='1' aria-selected="false"><a href="/a?b=1&amp;c">apple</a></div></div>"""


def test_order_of_attributes_and_quotes_do_not_matter():
    assert values(LIST, "Fruit") == ["2", "1"]
    (chosen,) = select(LIST, role="option", aria_selected="true")
    assert chosen.value == "2" and chosen.text == "Pear & plum ripe"


def test_tags_have_their_own_roles_and_escapes_are_read():
    (link,) = select(LIST, role="link")
    assert link.attributes["href"] == "/a?b=1&c" and link.name == "apple"
    assert select(LIST, text="plum")[0].tag == "b"
    assert [e.value for e in select(LIST, role="option", contains="app")] == ["1"]


def test_numbers_stand_after_their_label():
    row = "<div><span>Worst group <em>up</em></span><i>1,204.5</i><i>±3</i><b>\u22122.0</b></div>"
    assert numbers_beside(f"<p>Worst groups</p>{row}", "Worst group") == [1204.5, -2.0]
    assert numbers_beside(row, "Worst gro") == numbers_beside(row, "Best") == []


@pytest.mark.parametrize("broken", ["<div><b></div>", "<div>", "</p>", "<i><b></i></b>"])
def test_markup_that_does_not_close_is_told(broken):
    with pytest.raises(AssertionError):
        parse(broken)

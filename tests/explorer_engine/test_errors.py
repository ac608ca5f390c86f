"""Messages that are fit to be printed, whatever is in them."""

from __future__ import annotations

import pytest

from explorer_engine.errors import MOST_SAID, one_line, printable


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain – × ε", "plain – × ε"),
        ("a\nb\t c", "a b c"),
        ("\x1b[31mred\x1b[0m and \x1b]0;title\x07more", "red and more"),
        ("nul \0, bell \x07, half \ud800, turned \u202e", "nul �, bell �, half �, turned �"),
    ],
)
def test_nothing_in_a_message_orders_a_terminal_about(said, shown):
    assert one_line(said) == shown


def test_a_long_message_keeps_its_beginning_and_its_end():
    said = one_line(f"file.json: {'x' * 5000}: download it again")
    assert len(said) <= MOST_SAID
    assert said.startswith("file.json: xxx") and said.endswith("xxx: download it again")


def test_lines_and_columns_of_a_table_stay():
    assert printable("a\tb\n\x1b[1mc") == "a\tb\nc"

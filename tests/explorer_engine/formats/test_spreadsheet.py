"""Tables that a spreadsheet opens as text, and that give every text back."""

from __future__ import annotations

import csv
import io

import pytest

from explorer_engine.formats.spreadsheet import to_csv
from explorer_engine.formats.tables import read_rows

RUN = ["=1+1", "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''@x"]
PLAIN = [" she", "-5", "+3.5e-2", "-.5", "a=b", "'tis", "", "é", "<b>"]


@pytest.mark.parametrize("text", RUN)
def test_no_cell_begins_as_a_formula_does(text):
    ((cell,),) = list(csv.reader(io.StringIO(to_csv(["text"], [[text]]), newline="")))[1:]
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_texts_and_numbers_stay(text):
    ((cell, number),) = list(csv.reader(io.StringIO(to_csv(["a", "b"], [[text, -0.25]]))))[1:]
    assert (cell, number) == (text, "-0.25")


def test_what_was_written_is_read_as_it_was(tmp_path):
    texts = [text for text in RUN + PLAIN if text and not text.lstrip("-").isdigit()]
    (tmp_path / "own.csv").write_text(to_csv(["text"], [[text] for text in texts]), "utf-8", newline="")
    assert [row["text"] for _, row in read_rows(tmp_path / "own.csv", ["text"])] == texts

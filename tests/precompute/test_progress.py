"""Progress as a line, and as a file for whoever asks from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.progress import told
from precompute import progress
from precompute.commands.status import unit_lines
from precompute.engine.ledger import Ledger, Spent


def test_a_line_says_how_far_it_is_and_ends_with_the_note(capsys: pytest.CaptureFixture[str]) -> None:
    tell = progress.bars()
    for step in told(range(2, 4), tell, "dictionary mlp_1", 2):
        tell.note(f"L0 {step}")
    last = capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]
    assert last.startswith("dictionary mlp_1") and "100% 4/4" in last
    assert last.rstrip().endswith("left, L0 3")


def test_status_reads_how_far_a_unit_is_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_WRITTEN_EVERY", 0)
    ledger = Ledger(tmp_path)
    with progress.written(ledger.underway_file("mlp_1")):
        tell = progress.bars()
        for step in told(range(4), tell, "dictionary mlp_1"):
            if step == 3:
                (line,) = unit_lines(tmp_path)
                assert line == "mlp_1: dictionary mlp_1 75%, 0 s left, L0 2"
            tell.note(f"L0 {step}")
    assert unit_lines(tmp_path) == []


def test_what_a_killed_run_left_of_its_progress_goes_when_the_next_begins(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.open("one")
    file = ledger.underway_file("mlp_1")
    file.parent.mkdir()
    file.write_text('{"what": "x", "done": 1, "total": 2, "seconds_left": 3.0, "note": ""}')
    ledger.finish("embed", Spent(1.0, 1.0))
    ledger.open("one")
    assert ledger.underway() == {} and "embed" in ledger.finished()

"""A file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.files import whole


def test_what_was_written_is_there_at_the_end_and_the_old_one_until_then(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text("old")
    with whole(file) as partial:
        partial.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new" and list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole(file) as partial:
        partial.write_text("ne")
        raise KeyboardInterrupt
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]

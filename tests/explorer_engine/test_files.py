"""A file appears whole or not at all, and never in place of something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.files import check_folder, check_readable, whole


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


@pytest.mark.parametrize("kind", ["pipe", "to a pipe", "folder", "to nothing"])
def test_nothing_is_written_over_what_is_no_file(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "out.json"
    match kind:
        case "pipe":
            os.mkfifo(place)
        case "to a pipe":
            os.mkfifo(tmp_path / "pipe")
            place.symlink_to("pipe")
        case "folder":
            place.mkdir()
        case _:
            place.symlink_to("nowhere")
    before = sorted((path.name, path.lstat().st_mode) for path in tmp_path.iterdir())
    with pytest.raises(InputError, match=r"out\.json: is a"), whole(place) as partial:
        partial.write_text("never")
    assert sorted((path.name, path.lstat().st_mode) for path in tmp_path.iterdir()) == before


def test_a_pipe_is_refused_at_once_and_what_is_missing_is_told_by_who_opens_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe"):
        check_readable(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a device"):
        check_readable(Path("/dev/zero"))
    for name in ("missing", "pipe/below"):
        assert check_readable(tmp_path / name) == tmp_path / name


def test_a_folder_is_made_where_nothing_else_stands(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check_folder(tmp_path / "new/folder")
    for name in ("file", "file/below"):
        with pytest.raises(InputError, match=f"{name}: "):
            check_folder(tmp_path / name)

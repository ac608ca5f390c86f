"""What every command does when nobody reads on, and when something goes wrong that nobody foresaw."""

from __future__ import annotations

import subprocess
import sys

import pytest

from precompute import cli
from precompute.commands import report
from tests.golden.load import FOLDER


def test_a_command_whose_reader_has_read_enough_ends_without_a_word() -> None:
    command = [sys.executable, "-m", "precompute", "inspect", str(FOLDER / "dictionaries")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 141


@pytest.fixture
def failing(monkeypatch, capsys):
    """Calls a command that raises something; its status and the one line that it says."""

    def call(problem):
        def run(_):
            raise problem

        monkeypatch.setattr(report, "run", run)
        status = cli.main(["report"])
        (line,) = capsys.readouterr().err.splitlines()
        return status, line

    return call


def test_a_defect_is_told_in_one_line_with_its_place(failing, monkeypatch):
    monkeypatch.delenv("CIRCUIT_EXPLORER_TRACEBACK", raising=False)
    status, line = failing(KeyError("\x1b[31m" + "x" * 9000))
    assert status == cli.DEFECT and len(line) <= 400 and "\x1b" not in line
    assert "KeyError" in line and "test_cli.py, line" in line and line.endswith("report what it shows")
    monkeypatch.setenv("CIRCUIT_EXPLORER_TRACEBACK", "1")
    with pytest.raises(KeyError):
        failing(KeyError("x"))


def test_what_the_system_refuses_is_told_with_the_files_name(failing):
    status, line = failing(PermissionError(13, "Permission denied", "worlds/mine"))
    assert status == 2 and "worlds/mine: Permission denied" in line
    status, line = failing(MemoryError())
    assert status == 2 and "not enough memory" in line


@pytest.mark.parametrize("argument", ["a\0b", "\udcff.json"])
def test_an_argument_that_no_store_can_keep_is_refused(argument, capsys):
    assert cli.main(["report", argument]) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_wrong_options_are_told_in_one_short_line_too(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["pairs", "--model", "m", "--out", "o", "--n", "\x1b[31m" + "9" * 5000])
    (line,) = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2 and len(line) <= 400 and "\x1b" not in line

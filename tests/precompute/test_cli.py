"""What every command does when nobody reads on."""

from __future__ import annotations

import subprocess
import sys

from tests.golden.load import FOLDER


def test_a_command_whose_reader_has_read_enough_ends_without_a_word() -> None:
    command = [sys.executable, "-m", "precompute", "inspect", str(FOLDER / "dictionaries")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 141

"""`python -m precompute` in a process and a process group of its own, to be watched and ended by signals."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

__all__ = ["Driver", "until"]

PATIENCE = 180
"""Seconds until what is waited for is given up."""
_forks = get_context("forkserver")
_forks.set_forkserver_preload(["precompute.recipe.build", "precompute.world.recipe"])
"""Each process is a copy of one that has imported what takes long."""


class Driver:
    """The command with these arguments, at work; what it says goes to `said`."""

    def __init__(self, said: Path, arguments: Sequence[str]) -> None:
        said.touch()
        self.said, self._process = said, _forks.Process(target=_drive, args=(said, [*arguments]))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def wait(self) -> int:
        """The exit status; that of a killed process is the signal's number below 0."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, self.said.read_text()
        return self._process.exitcode

    def at(self, holds: Callable[[], bool]) -> Driver:
        """This driver, when `holds` is true; it must not have ended before."""

        def there() -> bool:
            assert self._process.is_alive() or holds(), self.said.read_text()
            return holds()

        until(there)
        return self

    def kill(self) -> None:
        """SIGKILL, for this process alone."""
        self._process.kill()
        assert self.wait() == -signal.SIGKILL

    def interrupt(self) -> int:
        """Ctrl-C, which reaches the whole process group; the exit status."""
        os.killpg(self.pid, signal.SIGINT)
        return self.wait()

    def alone(self) -> bool:
        """Whether no process of its group is left."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False


def until(holds: Callable[[], bool]) -> None:
    """Look again and again until `holds` is true; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def _drive(said: Path, arguments: list[str]) -> None:
    os.setsid()
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["precompute", *arguments]
    runpy.run_module("precompute", run_name="__main__", alter_sys=True)

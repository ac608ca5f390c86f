"""One job at a time on a work folder."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable

__all__ = ["holder", "locked"]

_NAME = "lock"


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold a work folder; it is let go when the process ends, however it ends.

    Raises InputError where another process holds it, naming that process.
    """
    work.mkdir(parents=True, exist_ok=True)
    with check_readable(work / _NAME).open("a+") as file:
        if not _taken(file.fileno()):
            raise InputError(
                f"{work}: another job works here ({_said(work)}): wait for it, or name another --work"
            )
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield


def holder(work: Path) -> str | None:
    """Who holds a work folder, in words; None where nobody does."""
    try:
        with check_readable(work / _NAME).open("r") as file:
            return None if _taken(file.fileno()) else _said(work)
    except OSError:
        return None


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _said(work: Path) -> str:
    return (work / _NAME).read_text().strip() or "unknown"

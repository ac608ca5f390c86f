"""A copy of a judgement store's files, taken while another process may be writing to them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer_engine.store.judgement_file import wals
from explorer_engine.store.judgement_log import JudgementLog

__all__ = ["copied", "stamp_of"]

_TRIES = 20


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """The store, its write-ahead logs and its log in a folder of their own, which goes at the end.

    The store is copied again where it was written to meanwhile; what is added to the logs stands at their
    ends, and an unfinished end is no statement. The log comes last and holds all that the others do. Never
    called in the process that has the store open: reading it there would end its lock. Raises OSError.
    """
    with tempfile.TemporaryDirectory(prefix="judgements-") as folder:
        copy = Path(folder) / path.name
        for _ in range(_TRIES):
            before = _stamp(path)
            for old in Path(folder).iterdir():
                old.unlink()
            for file in (path, *wals(path)):
                if file.exists():
                    shutil.copyfile(file, copy.with_name(file.name))
            if _stamp(path) == before:
                break
        log = JudgementLog.of(path).path
        if log.exists():
            shutil.copyfile(log, copy.with_suffix(".jsonl"))
        yield copy


def stamp_of(path: Path) -> str:
    """Changes with every statement in a store; empty where there is none."""
    files = [file for file in (path, *wals(path), JudgementLog.of(path).path) if file.exists()]
    return " ".join(f"{file.suffix}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns

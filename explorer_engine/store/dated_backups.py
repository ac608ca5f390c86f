"""Backups by date in one folder: the newest are kept, the others make room."""

from __future__ import annotations

import re
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.files import check_folder
from explorer_engine.store.judgement_rescue import backup
from explorer_engine.store.rules import now

__all__ = ["backup_into"]

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")


def backup_into(path: Path, folder: Path, keep: int) -> tuple[Path, int, int]:
    """A backup of a judgement store by the time of its making: file, n statements, n explanations.

    Of this store's backups there the `keep` newest stay; nothing else in the folder is touched, and nothing
    is removed before the new one is whole. Raises InputError as `backup`.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        out = folder / f"{path.stem}.{now():%Y-%m-%dT%H%M%S.%fZ}.duckdb"
        counts = backup(path, out)
        for old in _dated(path, folder)[:-keep]:
            old.unlink()
    except OSError as problem:
        said = problem.strerror or problem
        raise InputError(f"{folder}: {said}: make room or make it writable, or name another folder") from None
    return out, *counts


def _dated(path: Path, folder: Path) -> list[Path]:
    """This store's backups in a folder, oldest first: their names sort as their times do."""
    start, end = f"{path.stem}.", ".duckdb"
    names = sorted(file.name for file in folder.iterdir() if file.name.startswith(start))
    return [
        folder / name
        for name in names
        if name.endswith(end) and _DATE.fullmatch(name.removeprefix(start).removesuffix(end))
    ]

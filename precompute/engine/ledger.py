"""What is known of a stage: what it was started with, which units are finished, and how it ended."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable, whole
from precompute.engine.stage import Waves
from precompute.progress import Underway

__all__ = ["BOOKKEEPING", "Done", "Ledger", "Spent", "Started"]

T = TypeVar("T")
_DONE, _STARTED, _FINISHED, _UNDERWAY = "done.json", "started.json", "finished", "underway"
BOOKKEEPING = (_DONE, _STARTED, _FINISHED, _UNDERWAY)
"""What lies in a stage's folder beside its work."""
_MOST = 1e11
"""Seconds and counts are below it: as seconds since 1970 it is the year 5138."""


@dataclass(frozen=True)
class Spent:
    """What one unit took."""

    seconds: float
    cpu_seconds: float
    finished: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True)
class Started:
    """What a stage was started with."""

    fingerprint: str
    units: tuple[str, ...] = ()
    workers: int = 1


@dataclass(frozen=True)
class Done:
    """What is known of a finished stage."""

    fingerprint: str
    options: Any
    """As JSON reads them back."""
    seconds: float
    """Of all units together, whoever did them."""
    cpu_seconds: float
    finished: float
    """Seconds since 1970."""
    code: str
    """The commit that the code was at when the stage was finished, where git knows it."""


@dataclass(frozen=True)
class Ledger:
    """The files about a stage in its folder."""

    folder: Path

    def done(self) -> Done | None:
        """How the stage ended; None while it has not."""
        return _read(self.folder / _DONE, Done)

    def started(self) -> Started | None:
        """What the stage was started with; None before that."""
        return _read(self.folder / _STARTED, Started)

    def finished(self) -> dict[str, Spent]:
        """The finished units, and what each took."""
        return _read_all(self.folder / _FINISHED, Spent)

    def underway_file(self, unit: str) -> Path:
        """Where it stands how far a unit is, while it is being done."""
        return self.folder / _UNDERWAY / f"{unit}.json"

    def underway(self) -> dict[str, Underway]:
        """How far the units are that are being done."""
        return _read_all(self.folder / _UNDERWAY, Underway)

    def open(self, fingerprint: str) -> None:
        """Keep what an interrupted run of the same fingerprint left; delete everything else.

        Raises InputError for a folder that no stage has made: nothing of it is deleted.
        """
        started = self.started()
        if started is None or started.fingerprint != fingerprint or self.done() is not None:
            self._clear()
        shutil.rmtree(self.folder / _UNDERWAY, ignore_errors=True)
        (self.folder / _FINISHED).mkdir(parents=True, exist_ok=True)
        _write(self.folder / _STARTED, asdict(Started(fingerprint)))

    def begin(self, fingerprint: str, waves: Waves, workers: int) -> None:
        """Note the units to do, and how many do them."""
        units = tuple(unit for wave in waves for unit in wave)
        _write(self.folder / _STARTED, asdict(Started(fingerprint, units, workers)))

    def finish(self, unit: str, spent: Spent) -> None:
        """Note that a unit is finished."""
        _write(self.folder / _FINISHED / f"{unit}.json", asdict(spent))

    def close(self, done: Done) -> None:
        """Note that the stage is finished."""
        _write(self.folder / _DONE, asdict(done))

    def _clear(self) -> None:
        """Delete what a stage has left, its bookkeeping last, by which its folder is known."""
        if not os.path.lexists(self.folder):
            return
        inside = sorted(self.folder.iterdir(), key=lambda path: path.name in BOOKKEEPING)
        if inside and inside[-1].name not in BOOKKEEPING:
            raise InputError(
                f"{self.folder}: holds files that no stage has made: name another --work, or move them"
            )
        for path in inside:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _read_all(folder: Path, kind: type[T]) -> dict[str, T]:
    """Unit → what its file says; damaged ones are left out."""
    found = {file.stem: _read(file, kind) for file in sorted(folder.glob("*.json"))}
    return {unit: known for unit, known in found.items() if known is not None}


def _read(path: Path, kind: type[T]) -> T | None:
    """What a file says; None where there is none, or where it is damaged: then the work is done again."""
    try:
        known = json.loads(check_readable(path).read_text("utf-8"))
        types = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
        return kind(**{name: _value(types[name], value) for name, value in known.items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _value(type_: str, value: Any) -> Any:
    """A value of a file as its field's type; raises ValueError for one of another type."""
    match type_, value:
        case ("Any", _) | ("str", str()):
            return value
        case "tuple[str, ...]", list() if all(isinstance(item, str) for item in value):
            return tuple(value)
        case ("float", int() | float()) | ("int", int()) if (
            not isinstance(value, bool) and 0 <= value < _MOST
        ):
            return value
    raise ValueError(f"{value!r:.40} is no {type_}")


def _write(path: Path, value: Mapping[str, Any]) -> None:
    with whole(path) as partial:
        partial.write_text(json.dumps(value))

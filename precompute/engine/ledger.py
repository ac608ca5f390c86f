"""What is known of a stage: what it was started with, which units are finished, and how it ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer_engine.files import whole
from precompute.engine.stage import Waves
from precompute.progress import Underway

__all__ = ["BOOKKEEPING", "Done", "Ledger", "Spent", "Started"]

_DONE, _STARTED, _FINISHED, _UNDERWAY = "done.json", "started.json", "finished", "underway"
BOOKKEEPING = (_DONE, _STARTED, _FINISHED, _UNDERWAY)
"""What lies in a stage's folder beside its work."""


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
        known = _read(self.folder / _DONE)
        return Done(**known) if known else None

    def started(self) -> Started | None:
        """What the stage was started with; None before that."""
        known = _read(self.folder / _STARTED)
        return Started(**{**known, "units": tuple(known.get("units", ()))}) if known else None

    def finished(self) -> dict[str, Spent]:
        """The finished units, and what each took."""
        marks = sorted((self.folder / _FINISHED).glob("*.json"))
        return {mark.stem: Spent(**_read(mark)) for mark in marks}

    def underway_file(self, unit: str) -> Path:
        """Where it stands how far a unit is, while it is being done."""
        return self.folder / _UNDERWAY / f"{unit}.json"

    def underway(self) -> dict[str, Underway]:
        """How far the units are that are being done."""
        found = {file.stem: _read(file) for file in sorted((self.folder / _UNDERWAY).glob("*.json"))}
        return {unit: Underway(**known) for unit, known in found.items() if known}

    def open(self, fingerprint: str) -> None:
        """Keep what an interrupted run of the same fingerprint left; delete everything else."""
        started = self.started()
        if started is None or started.fingerprint != fingerprint or self.done() is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
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


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    with whole(path) as partial:
        partial.write_text(json.dumps(value))

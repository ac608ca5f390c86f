"""Resumable work: a stage is redone only when its parameters or inputs changed; kill it anywhere."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from precompute.progress import say

__all__ = ["Done", "Stage", "folder_hash", "run_stages"]

DONE, STARTED = "done.json", "started.json"
_BOOKKEEPING = {DONE, STARTED}


@dataclass(frozen=True)
class Stage:
    """One step of the work. Its folder under the work directory holds all that it makes."""

    name: str
    parameters: Any
    """A JSON value or a dataclass: everything that decides the outcome besides the inputs."""
    inputs: tuple[str, ...]
    """The stages whose folders it reads."""
    run: Callable[[Path], None]
    """Fills the folder; may find there what an interrupted run of the same fingerprint left."""


@dataclass(frozen=True)
class Done:
    """What is known of a finished stage."""

    fingerprint: str
    output: str
    """Hash of the files it made."""
    parameters: Any
    seconds: float
    cpu_seconds: float
    finished: float
    """Seconds since 1970."""


def folder_hash(folder: Path) -> str:
    """SHA-256 over names and contents of all files below a folder, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in _BOOKKEEPING):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _parameters(stage: Stage) -> Any:
    """The parameters as JSON reads them back, dataclasses as objects."""
    return json.loads(json.dumps(stage.parameters, default=asdict))


def _fingerprint(parameters: Any, inputs: list[str]) -> str:
    return hashlib.sha256(json.dumps([parameters, inputs], sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _write(path: Path, value: dict[str, Any]) -> None:
    """In one move: a kill leaves the old file or the new one."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value))
    temporary.replace(path)


def run_stages(stages: Sequence[Stage], work: Path, only: str | None = None) -> dict[str, Done]:
    """Bring every stage up to date in order, or `only` one of them again, and say what was done.

    What an interrupted run left is given to the stage again when the fingerprint is the same, else deleted.
    """
    done: dict[str, Done] = {}
    for stage in stages:
        folder = work / stage.name
        parameters = _parameters(stage)
        fingerprint = _fingerprint(parameters, [done[name].output for name in stage.inputs])
        known = _read(folder / DONE)
        if known.get("fingerprint") == fingerprint and stage.name != only:
            done[stage.name] = Done(**known)
            say(f"{stage.name:<16} kept")
            continue
        done[stage.name] = _run(stage, folder, parameters, fingerprint)
    return done


def _run(stage: Stage, folder: Path, parameters: Any, fingerprint: str) -> Done:
    if _read(folder / STARTED).get("fingerprint") != fingerprint or (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / STARTED, {"fingerprint": fingerprint})
    wall, cpu = time.time(), time.process_time()
    stage.run(folder)
    result = Done(
        fingerprint,
        folder_hash(folder),
        parameters,
        round(time.time() - wall, 1),
        round(time.process_time() - cpu, 1),
        time.time(),
    )
    _write(folder / DONE, asdict(result))
    say(f"{stage.name:<16} done in {result.seconds:.0f} s ({result.cpu_seconds:.0f} s of processor)")
    return result

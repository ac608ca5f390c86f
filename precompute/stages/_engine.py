"""Resumable work: a stage is redone only when its options, code or inputs changed; kill it anywhere."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from precompute.progress import progress, say

__all__ = ["BOOKKEEPING", "Done", "Stage", "content_hash", "run_stages"]

DONE, STARTED, FINISHED = "done.json", "started.json", "finished"
BOOKKEEPING = (DONE, STARTED, FINISHED)
"""What lies in a stage's folder beside its work."""


def _whole() -> Sequence[str]:
    return ("all",)


@dataclass(frozen=True)
class Stage:
    """One step of the work. Its folder under the work directory holds all that it makes."""

    name: str
    version: int
    """Of its code: count it up when the same options and inputs give something else than before."""
    options: Any
    """A frozen dataclass or a JSON value: everything that decides the outcome besides code and inputs."""
    inputs: tuple[Path, ...]
    """The files and folders that it reads; those of other stages must stand before it."""
    run: Callable[[str, Path], None]
    """Does one unit. Puts every file in place whole (written under another name, then renamed), and may find
    in the folder what the units before it made, and what a run that was killed left of this one."""
    units: Callable[[], Sequence[str]] = _whole
    """The pieces of the work in their order: a run that was killed goes on with the first unfinished one."""


@dataclass(frozen=True)
class Done:
    """What is known of a finished stage."""

    fingerprint: str
    options: Any
    """As JSON reads them back."""
    seconds: float
    cpu_seconds: float
    finished: float
    """Seconds since 1970."""
    code: str
    """The commit that the code was at when the stage was finished, where git knows it."""


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or over names and contents of all files below a folder in order of name."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for inner in sorted(p for p in path.rglob("*") if p.is_file()):
        relative = inner.relative_to(path)
        if relative.parts[0] in BOOKKEEPING:
            continue
        digest.update(str(relative).encode())
        with inner.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def run_stages(stages: Sequence[Stage], work: Path, only: str | None = None) -> dict[str, Done]:
    """Bring every stage up to date in order, or `only` one of them again, and say what was done.

    What an interrupted run left is given to the stage again when the fingerprint is the same, else deleted.
    """
    done: dict[str, Done] = {}
    hashes: dict[Path, str] = {}
    for stage in stages:
        folder = work / stage.name
        options = json.loads(json.dumps(stage.options, default=asdict))
        for path in stage.inputs:
            if path not in hashes:
                hashes[path] = content_hash(path)
        fingerprint = _fingerprint(stage.version, options, [hashes[path] for path in stage.inputs])
        known = _read(folder / DONE)
        if known.get("fingerprint") == fingerprint and stage.name != only:
            done[stage.name] = Done(**known)
            say(f"{stage.name:<16} kept")
            continue
        done[stage.name] = _run(stage, folder, options, fingerprint)
    return done


def _run(stage: Stage, folder: Path, options: Any, fingerprint: str) -> Done:
    if _read(folder / STARTED).get("fingerprint") != fingerprint or (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
    (folder / FINISHED).mkdir(parents=True, exist_ok=True)
    _write(folder / STARTED, {"fingerprint": fingerprint})
    units = stage.units()
    marks = {unit: folder / FINISHED / f"{unit}.json" for unit in units}
    missing = [unit for unit in units if not marks[unit].exists()]
    several = len(units) > 1
    for unit in progress(missing, stage.name, len(units), len(units) - len(missing)) if several else missing:
        wall, cpu = time.time(), time.process_time()
        stage.run(unit, folder)
        _write(marks[unit], {"seconds": time.time() - wall, "cpu_seconds": time.process_time() - cpu})
    spent = [_read(mark) for mark in marks.values()]
    result = Done(
        fingerprint,
        options,
        round(sum(mark["seconds"] for mark in spent), 1),
        round(sum(mark["cpu_seconds"] for mark in spent), 1),
        time.time(),
        _code_version(),
    )
    _write(folder / DONE, asdict(result))
    say(f"{stage.name:<16} done in {result.seconds:.0f} s ({result.cpu_seconds:.0f} s of processor)")
    return result


def _fingerprint(version: int, options: Any, inputs: list[str]) -> str:
    return hashlib.sha256(json.dumps([version, options, inputs], sort_keys=True).encode()).hexdigest()


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


def _code_version() -> str:
    """The commit that the code is at, where git knows it."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()

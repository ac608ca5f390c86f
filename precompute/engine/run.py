"""Bringing stages up to date: one is redone only when its options, code or inputs changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from precompute.engine.hashes import Hashes
from precompute.engine.ledger import Done, Ledger
from precompute.engine.stage import Stage
from precompute.engine.workers import InProcess, Workers
from precompute.progress import counted, say

__all__ = ["code_version", "run_stages", "standing"]


def run_stages(
    stages: Sequence[Stage], work: Path, only: str | None = None, workers: Workers | None = None
) -> dict[str, Done]:
    """Bring every stage up to date in order, or `only` one of them again, and say what was done.

    What an interrupted run left is given to the stage again when the fingerprint is the same, else deleted.
    What comes out does not depend on `workers` (default: this process). Whoever calls holds the folder
    (`locked`). Raises InputError for a stage that does not exist.
    """
    names = [stage.name for stage in stages]
    if only is not None and only not in names:
        raise InputError(f"--only {only}: there is no such stage; the stages are {', '.join(names)}")
    workers = workers or InProcess(stages)
    work.mkdir(parents=True, exist_ok=True)
    hashes = Hashes(work / "hashes.json")
    return {stage.name: _brought(stage, work, only, workers, hashes) for stage in stages}


def standing(stages: Sequence[Stage], work: Path) -> Iterator[tuple[Stage, float]]:
    """Of each stage the share of its units that a run would do at most: 0 where it is up to date.

    What follows a stage that is done again may be spared after all, where that makes the same.
    """
    hashes, redone = Hashes(work / "hashes.json"), set()
    for stage in stages:
        ledger = Ledger(work / stage.name)
        stale = any(work / name in (path, *path.parents) for path in stage.inputs for name in redone)
        fingerprint = None if stale else _fingerprint(stage, hashes)[0]
        done, started = ledger.done(), ledger.started()
        if done is not None and done.fingerprint == fingerprint:
            yield stage, 0.0
            continue
        redone.add(stage.name)
        same = started is not None and started.fingerprint == fingerprint and started.units
        finished = len(ledger.finished()) / len(started.units) if same and started else 0.0
        yield stage, 1 - finished


def _brought(stage: Stage, work: Path, only: str | None, workers: Workers, hashes: Hashes) -> Done:
    ledger = Ledger(work / stage.name)
    fingerprint, options = _fingerprint(stage, hashes)
    hashes.save()
    known = ledger.done()
    same = known is not None and (known.fingerprint, known.options) == (fingerprint, options)
    if known is not None and same and stage.name != only:
        say(f"{stage.name:<16} kept")
        return known
    return _run(stage, ledger, options, fingerprint, workers)


def _run(stage: Stage, ledger: Ledger, options: Any, fingerprint: str, workers: Workers) -> Done:
    ledger.open(fingerprint)
    waves = stage.units()
    ledger.begin(fingerprint, waves, workers.count)
    units = [unit for wave in waves for unit in wave]
    finished = ledger.finished()
    with counted(stage.name, len(units), len(finished)) as tick:
        for wave in waves:
            missing = [unit for unit in wave if unit not in finished]
            for unit, spent in workers.run(stage.name, ledger.folder, missing):
                ledger.finish(unit, spent)
                tick()
    all_spent = ledger.finished().values()
    done = Done(
        fingerprint,
        options,
        round(sum(spent.seconds for spent in all_spent), 1),
        round(sum(spent.cpu_seconds for spent in all_spent), 1),
        time.time(),
        code_version(),
    )
    ledger.close(done)
    say(f"{stage.name:<16} done in {done.seconds:.0f} s ({done.cpu_seconds:.0f} s of processor)")
    return done


def _fingerprint(stage: Stage, hashes: Hashes) -> tuple[str, Any]:
    """What a stage's outcome hangs on, hashed; and its options as JSON reads them back."""
    options = json.loads(json.dumps(stage.options, default=asdict))
    decides = [stage.version, options, [hashes.of(path) for path in stage.inputs]]
    if stage.reads is not None:
        decides.append(hashes.last(stage.name, stage.reads()))
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest(), options


def code_version() -> str:
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

"""Trying one case in this process, and what must hold of it whatever was given."""

from __future__ import annotations

import io
import os
import random
import re
import shutil
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import constants

from explorer_engine.errors import MOST_SAID
from precompute.cli import main
from tests.fuzz.cases import Case, prepared

__all__ = ["Tried", "alone", "try_one"]

CONTROL = re.compile(r"(?!\x1b\[A)[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""`ESC [ A` goes up to the line before: how a line of progress inside another begins."""


@dataclass(frozen=True)
class Tried:
    """What came of a case."""

    case: Case
    status: int | None
    seconds: float
    wrong: str
    """What does not hold; empty where all does."""


@contextmanager
def alone() -> Iterator[None]:
    """No network, one thread, and defects shown whole, as long as cases are tried."""
    before, threads = constants.HF_HUB_OFFLINE, torch.get_num_threads()
    constants.HF_HUB_OFFLINE = True
    os.environ["CIRCUIT_EXPLORER_TRACEBACK"] = "1"
    torch.set_num_threads(1)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
        del os.environ["CIRCUIT_EXPLORER_TRACEBACK"]
        torch.set_num_threads(threads)


def try_one(seeds: Path, folder: Path, seed: int, limit: float, work: bool) -> Tried:
    """Prepare the case of a seed in `folder`, which is removed at the end, and run it."""
    here = Path.cwd()
    case = prepared(seeds, folder, random.Random(seed), work)
    os.chdir(folder)
    try:
        return _tried(case, limit)
    finally:
        os.chdir(here)
        shutil.rmtree(folder, ignore_errors=True)


def _tried(case: Case, limit: float) -> Tried:
    before = _outputs()
    out, err = io.StringIO(), io.StringIO()
    status, broken, started = None, "", time.monotonic()
    with redirect_stdout(out), redirect_stderr(err), _limited(limit):
        try:
            status = main(case.arguments)
        except SystemExit as stopped:
            status = stopped.code if isinstance(stopped.code, int) else 1
        except BaseException:
            broken = traceback.format_exc()
    seconds = time.monotonic() - started
    said = err.getvalue()
    wrong = broken or _wrong(case, status, out.getvalue(), said, before, seconds > limit)
    return Tried(case, status, seconds, wrong and f"{wrong}\n{said[-2500:]}")


@contextmanager
def _limited(limit: float) -> Iterator[None]:
    """What a user does who has waited too long."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _outputs() -> dict[str, bytes]:
    """What lies in the folder of outputs, by name."""
    return {p.name: p.read_bytes() for p in sorted(Path("out").glob("*")) if p.is_file()}


def _wrong(case: Case, status: int | None, out: str, err: str, before: dict[str, bytes], late: bool) -> str:
    if late and not case.command.works:
        return "it hangs"
    if status not in ((0, 2, 130) if late else (0, 2)):
        return f"status {status}"
    if CONTROL.search(out) or CONTROL.search(err.replace("\r", "")):
        return f"control characters: {out[-300:]!r} {err[-300:]!r}"
    told = [line for line in err.splitlines() if line.startswith(("precompute ", "python -m precompute"))]
    reports = case.arguments[:1] in (["validate"], ["inspect"])
    if len(told) != (status == 2) and not (reports and status == 2 and not told) and not late:
        return f"{len(told)} lines of complaint: {told}"
    if any(len(line) > MOST_SAID for line in told):
        return f"a line of {max(map(len, told))} characters"
    if left := [p.name for p in Path().rglob(".*.partial") if "work" not in p.parts]:
        return f"half-written: {left}"
    after = _outputs()
    changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
    if status and changed:
        return f"failed, but wrote {changed}"
    if any(not after.get(name) for name in changed):
        return f"empty or gone: {changed}"
    return ""

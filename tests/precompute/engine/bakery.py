"""Stages for tests of workers: they can be made in any process."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from explorer_engine.errors import InputError
from precompute.engine.stage import Stage

__all__ = ["stages"]

LOAVES = ["rye", "oat", "spelt", "wheat"]


def stages(work: Path, dies: str = "", times: int = 0) -> list[Stage]:
    """Dough, then four loaves at once; the worker that bakes `dies` is killed so many `times`."""
    return [
        Stage("dough", 1, {}, (), partial(_knead, work)),
        Stage(
            "bread", 1, {}, (work / "dough",), partial(_bake, work, dies, times), lambda: [LOAVES, ["box"]]
        ),
    ]


def _knead(_work: Path, _unit: str, folder: Path) -> None:
    (folder / "dough.txt").write_text("dough")


def _bake(work: Path, dies: str, times: int, unit: str, folder: Path) -> None:
    if unit == "box":
        (folder / "box.txt").write_text(" ".join((folder / f"{loaf}.txt").read_text() for loaf in LOAVES))
        return
    if unit == "burnt" or (unit == dies and times < 0):
        raise InputError(f"{unit}: too hot")
    if unit == dies and len(list(work.glob("death-*"))) < times:
        (work / f"death-{len(list(work.glob('death-*')))}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / f"{unit}.txt").write_text(f"{unit} {(work / 'dough' / 'dough.txt').read_text()}")

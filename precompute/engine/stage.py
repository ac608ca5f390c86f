"""A stage: one step of the work, in units that are done whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from precompute.engine.work import Shape, Work

__all__ = ["Stage", "Waves"]

Waves = Sequence[Sequence[str]]
"""Units in their order; those of one wave do not depend on each other and may be done at the same time."""


def _whole() -> Waves:
    return (("all",),)


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
    in the folder what the waves before it made, and what a run that was killed left of this unit. What it
    makes depends on nothing else: not on the other units of its wave, nor on what the process did before."""
    units: Callable[[], Waves] = _whole
    """A run that was killed goes on with the unfinished ones."""
    work: Callable[[Shape], Work] | None = None
    """How much work it is; None: nobody counted."""
    reads: Callable[[], str | None] | None = None
    """Names the version of what it reads besides files; None while nobody can say: the last known counts."""

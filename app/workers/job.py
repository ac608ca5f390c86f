"""What the worker can be asked to do, and what a running job says and hears."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from explorer_engine.progress import Progress

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["Dropped", "Job", "Turn"]

T_co = TypeVar("T_co", covariant=True)


class Dropped(Exception):
    """Nobody waits for this job any more."""


@dataclass(frozen=True)
class Turn:
    """What a running job says and hears."""

    tell: Callable[[str], None]
    """What is being done, in words."""
    progress: Progress
    """How much of that is done; the page counts in per cent, so what is counted goes unsaid."""
    dropped: Callable[[], bool]
    """Whether to stop: nobody waits any more, or another goes first and this is run again after it. A long
    job asks now and then, and ends with any exception."""


class Job(Hashable, Protocol[T_co]):
    """Something to be done with the model; jobs that are equal are the same and have one answer."""

    @property
    def yields(self) -> float:
        """Seconds within which a job that is asked for later goes first, also while this one runs: 0 where
        somebody looks at the place where the answer will be, more the longer it takes and the less it is
        waited for."""
        ...

    def run(self, loaded: LoadedWorld, turn: Turn) -> T_co:
        """Do it, in the worker's thread. InputError: what was asked for cannot be done."""
        ...

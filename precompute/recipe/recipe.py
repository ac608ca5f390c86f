"""What a recipe is: it knows the stages that make its world, and what the world says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path

from explorer_engine.quality import QualityFigure
from precompute.engine.stage import Stage
from precompute.plan.speeds import Sample
from precompute.source import Source
from precompute.stages.publish import WorldWords

__all__ = ["Recipe"]


class Recipe(ABC):
    """Everything that decides a world; each kind is a frozen dataclass, its fields the tables of the file."""

    @abstractmethod
    def stages(self, work: Path) -> list[Stage]:
        """The stages in their order, each writing to `work/NAME`. Raises InputError for what cannot work."""

    @abstractmethod
    def source(self, work: Path) -> Source:
        """The model, dictionaries and documents that the world is about."""

    @abstractmethod
    def sample(self, work: Path) -> Sample:
        """What the speed of its work is measured on."""

    @abstractmethod
    def words(self, work: Path, command: str) -> WorldWords:
        """What the world says of itself; `command` makes it again."""

    @property
    def unused(self) -> Collection[str]:
        """Tables that change nothing, given the others."""
        return ()

    def figures(self, work: Path) -> Sequence[QualityFigure]:
        """The world's quality report, measured on what the stages made; empty where there is none."""
        return ()

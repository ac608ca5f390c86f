"""What the worker is asked about a sentence of one's own: where a feature is active on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workers.job import Turn
from explorer_engine.sites import FeatureRef

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld
    from explorer_engine.world.sentence import Sentence

__all__ = ["SentenceQuestion"]


@dataclass(frozen=True)
class SentenceQuestion:
    """A feature on a text."""

    ref: FeatureRef
    text: str
    yields = 0.0

    def run(self, loaded: LoadedWorld, turn: Turn) -> Sentence:
        """The text's tokens with the feature's activations."""
        turn.tell("reading the sentence")
        return loaded.sentence(self.ref, self.text)

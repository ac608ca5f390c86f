"""What the judgement store answers with: events, votes, labels, one person's opinion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

__all__ = [
    "IMPORTED",
    "JUDGEMENTS",
    "MODERATING",
    "RATINGS",
    "VOTES",
    "SEEN",
    "Event",
    "Judgement",
    "Label",
    "Opinion",
    "Policy",
    "Rating",
    "Votes",
]

Judgement = Literal["spurious", "relevant", "unsure", "skip"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
VOTES: tuple[Judgement, ...] = ("spurious", "relevant", "unsure")
"""The judgements that count; "skip" only says that somebody looked."""
IMPORTED = "imported: "
"""What the name of an imported source begins with: its labels stand behind those of people here."""
MODERATING = ("hide", "close")
"""Kinds of an organiser's statements, which are about statements and names."""
SEEN = ("contexts", "tokens", "ablated", "label", "effect", "alone", "groups", "votes")
"""Parts of a page that a judgement may have been made by; blind, the last five are hidden."""
Rating = Literal["interpretability", "complexity"]
RATINGS: tuple[Rating, ...] = get_args(Rating)
Policy = Literal["mine", "majority", "any"]
"""Whose word counts when features are ablated: my own, a majority's, or a single spurious vote."""


@dataclass(frozen=True)
class Event:
    """One statement of one person; events are never changed or removed."""

    id: int
    time: datetime
    """UTC, without a zone."""
    annotator: str
    kind: str
    """judgement, label, note, interpretability, complexity or undo; of organisers hide and close."""
    target: str
    """A feature ("resid_2/31"), or a behaviour by number and fingerprint ("behaviour-17@1f0c93ab")."""
    scope: str
    """The circuit a judgement is about, a behaviour's by its target; "" for the target as such."""
    value: str | None
    """None takes the earlier statement back."""
    undoes: int | None
    seen: str | None = None
    """What could be seen, names of `SEEN` with commas between; None where that was not recorded."""
    seconds: float | None = None
    """How long a judgement took, from the feature's coming on screen; None where that was not recorded."""


@dataclass(frozen=True)
class Label:
    """A name that somebody gave."""

    text: str
    annotator: str
    time: datetime | None = None
    """None for an explanation."""


@dataclass(frozen=True)
class Votes:
    """Who said what about one target in one scope, in order of time."""

    spurious: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    def of(self, judgement: Judgement) -> tuple[str, ...]:
        """Who judged so."""
        return {"spurious": self.spurious, "relevant": self.relevant, "unsure": self.unsure}.get(
            judgement, ()
        )

    @property
    def majority(self) -> Judgement | None:
        """ "spurious" or "relevant", whichever more people said; "unsure" when equal; None without votes."""
        if not (self.spurious or self.relevant or self.unsure):
            return None
        if len(self.spurious) == len(self.relevant):
            return "unsure"
        return "spurious" if len(self.spurious) > len(self.relevant) else "relevant"


@dataclass(frozen=True)
class Opinion:
    """All that one person currently says about one target."""

    annotator: str
    judgement: Judgement | None
    label: str | None
    note: str | None
    interpretability: int | None
    """0 no idea … 100 one clear meaning."""
    complexity: int | None
    """0 one token … 100 an abstract idea."""
    time: datetime
    """Of the newest statement."""

"""What is looked for, what people say that is looked through, and the filters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

__all__ = ["Filters", "Remark", "Said"]


@dataclass(frozen=True)
class Remark:
    """A person's note on something."""

    annotator: str
    text: str


@dataclass(frozen=True)
class Said:
    """What people and programs say of a world: kept apart from it, and looked through with it."""

    features: Mapping[str, str] = field(default_factory=dict)
    """People's labels: `{"resid_2/31": "female names"}`."""
    explanations: Mapping[str, str] = field(default_factory=dict)
    """Those that hold a word that is looked for."""
    behaviours: Mapping[int, str] = field(default_factory=dict)
    """People's labels of behaviours; a circuit of a behaviour is called like it."""
    feature_notes: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)
    behaviour_notes: Mapping[int, tuple[Remark, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Filters:
    """Which of what was found are wanted; the defaults are all."""

    figure: str = ""
    """A ranking of behaviours (`BEHAVIOUR_ORDERS`) that `low` and `high` are bounds of; "": none."""
    low: float | None = None
    high: float | None = None
    answer: str = ""
    """One of the behaviour's commonest answers; blanks around it and capitals do not count."""
    has_circuit: bool = False
    labelled: bool = False
    """By people; a behaviour also by what was planted."""
    features: Collection[str] | None = None
    """Only these: for example those that somebody has judged."""
    behaviours: Collection[int] | None = None

    @property
    def of_behaviours(self) -> bool:
        """Whether something is asked that only behaviours and their circuits have."""
        return bool(self.figure and (self.low is not None or self.high is not None)) or bool(self.answer)

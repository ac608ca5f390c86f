"""What SHIFT measures of a classifier, in the task's own words: one table for every place that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer_engine.shift.task import ClassifierTask

__all__ = ["Accuracies", "Measure", "Share", "measures_of"]


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] with its 95 % interval, of no width where none is known."""

    value: float
    low: float
    high: float

    @property
    def percent(self) -> tuple[float, float, float]:
        """Value, low and high in per cent."""
        return 100 * self.value, 100 * self.low, 100 * self.high


@dataclass(frozen=True)
class Accuracies:
    """How often a classifier's predictions are right on a test set with equal groups (the paper, §4)."""

    label: Share
    """Predictions that equal the label."""
    attribute: Share
    """The same predictions that equal the attribute: 0.5 = it is not used."""
    worst: Share
    """Accuracy of the group with the lowest one."""
    groups: tuple[Share, Share, Share, Share]
    """Accuracy in (label 0, attribute 0), (0, 1), (1, 0), (1, 1)."""

    def of(self, measure: Measure) -> Share:
        """The value of one measure."""
        return getattr(self, measure.key) if measure.group is None else self.groups[measure.group]


@dataclass(frozen=True)
class Measure:
    """One figure of a classifier, and what it is called."""

    key: str
    """`label`, `attribute`, `worst`, or `group 0` to `group 3`: the same in every task."""
    name: str
    """As a heading says it: the task's own word."""
    target: float | None = None
    """The share that is best; None = the higher the better."""
    group: int | None = None
    """Which of the four groups; None = one of the three figures of all texts."""

    @property
    def hint(self) -> str:
        """Which way is better: ↑, or → and the target in per cent."""
        return "↑" if self.target is None else f"→ {100 * self.target:.0f}"

    @property
    def inline(self) -> str:
        """The name inside a line of text: with a small first letter, unless it is an abbreviation."""
        return self.name if self.name[1:2].isupper() else self.name[:1].lower() + self.name[1:]


def measures_of(task: ClassifierTask) -> tuple[Measure, ...]:
    """Label, attribute and worst group, then the four groups in the order of `Accuracies.groups`."""
    return (
        Measure("label", task.label_name),
        Measure("attribute", task.attribute_name, target=0.5),
        Measure("worst", "Worst group"),
        *(Measure(f"group {i}", name, group=i) for i, name in enumerate(task.groups)),
    )

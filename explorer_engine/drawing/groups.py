"""A feature's activation in the four groups of a classifier's texts, in the words of its task."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.drawing.charts import groupdots
from explorer_engine.drawing.html import Html
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import GroupMean

__all__ = ["group_means"]


def group_means(task: ClassifierTask, means: Sequence[GroupMean]) -> Html:
    """Mean activation in each group with its 95 % interval, and the share of texts on which it is active."""
    names = [task.groups[2 * group.label + group.attribute] for group in means]
    return groupdots(
        [(name, g.mean, 1.96 * g.stderr, g.active) for name, g in zip(names, means, strict=True)]
    )

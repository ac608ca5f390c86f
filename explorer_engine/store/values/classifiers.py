"""What the SHIFT page shows: tasks, texts, features of the probe's circuit, runs."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.sites import FeatureRef, Site

__all__ = ["ClassifierTask", "ClassifierText", "ClassifierFeature", "GroupActivation", "ShiftRow"]


@dataclass(frozen=True)
class ClassifierTask:
    """A classifier that SHIFT can clean: a linear probe on the mean over tokens of one site."""

    task: str
    title: str
    site: Site
    classes: tuple[str, str]
    """(negative, positive)."""
    attributes: tuple[str, str]
    """The attribute that it should not use."""
    circuit: str
    probe_weight: tuple[float, ...]
    probe_bias: float
    parameters: dict[str, object]
    n_texts: dict[str, int]
    """Texts in each split: "ambiguous" (train), "balanced", "test"."""


@dataclass(frozen=True)
class ClassifierText:
    """One text of a task as token ids."""

    id: int
    tokens: tuple[int, ...]
    label: int
    attribute: int


@dataclass(frozen=True)
class ClassifierFeature:
    """A feature of the probe's circuit."""

    rank: int
    ref: FeatureRef
    tokens: tuple[str, ...]
    effect: float
    """On the probe's logit for the positive class."""
    spurious_truth: bool | None
    """The ground-truth annotator's answer, where there is one."""
    alone: float | None
    """Change of profession accuracy, in points, when only this feature is ablated."""


@dataclass(frozen=True)
class GroupActivation:
    """A feature's activation in one group of a task's texts."""

    task: str
    label: int
    attribute: int
    name: str
    """For example "female nurse"."""
    mean: float
    stderr: float
    active: float
    """Share of the group's texts on which it is active."""


@dataclass(frozen=True)
class ShiftRow:
    """One row of the SHIFT table: shares on the balanced test set, with 95 % intervals (low, high)."""

    name: str
    needs_balanced_labels: bool
    n_ablated: int | None
    profession: float
    attribute: float
    worst: float
    profession_ci: tuple[float, float]
    attribute_ci: tuple[float, float]
    worst_ci: tuple[float, float]
    groups: tuple[float, float, float, float]
    """Accuracy of (label 0, attribute 0), (0, 1), (1, 0), (1, 1)."""
    note: str | None

"""What is known of a classifier without its model: its features, runs of the table, flipped texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from explorer_engine.shift.measures import Accuracies
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.sites import FeatureRef

__all__ = [
    "ABLATIONS",
    "SPLITS",
    "Ablation",
    "ClassifierFeature",
    "ClassifierText",
    "Flip",
    "GroupMean",
    "Needs",
    "ShiftRun",
    "Split",
    "StoredClassifier",
]

Ablation = Literal["zero", "mean"]
"""What an ablated feature is set to: zero, or its mean over the ambiguous texts, which takes no label."""
ABLATIONS: tuple[Ablation, ...] = get_args(Ablation)
Needs = Literal["nothing", "words of the label", "words of the attribute", "labels", "balanced labels"]
"""What a row of the table knew that its maker must have: words that tell the label or the attribute; labels
of the attribute on other texts; or texts in which all four groups are equally often, with their labels."""
Split = Literal["development", "test"]
"""Texts that figures are read on: those that one may choose by, or those that results are reported on."""
SPLITS: dict[Split, str] = {"development": "balanced", "test": "test"}
"""What the store calls them."""


@dataclass(frozen=True)
class StoredClassifier:
    """A classifier that a world holds: its task, its probe, and the name of its circuit."""

    task: ClassifierTask
    circuit: str
    """Id of the probe's circuit: what judgements of its features are about."""
    probe_weight: tuple[float, ...]
    probe_bias: float
    other_probes: tuple[tuple[float, ...], ...]
    """Probes of other seeds, weight and then bias: figures are means over all of them."""
    parameters: dict[str, object]
    """How it was studied: the fields of `StudyOptions` and more."""
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
class GroupMean:
    """A feature's pooled activation in one group of texts."""

    label: int
    attribute: int
    mean: float
    """Over the group's texts of the mean over a text's tokens."""
    stderr: float
    active: float
    """Share of the group's texts on which it is active anywhere."""


@dataclass(frozen=True)
class ClassifierFeature:
    """A feature of the probe's circuit."""

    ref: FeatureRef
    effect: float
    """What its presence adds to the logit of label 1, mean over the ambiguous texts."""
    spurious: bool | None = None
    """The ground-truth annotator's answer, where there is one."""
    alone: float | None = None
    """Change of accuracy on the label of the development texts, in points, when only this one is ablated."""
    groups: tuple[GroupMean, ...] = ()
    """On the development texts: (label, attribute) = (0, 0), (0, 1), (1, 0), (1, 1)."""
    tokens: tuple[str, ...] = ()
    """Top tokens, where dashboards tell them."""
    mean: float | None = None
    """Its activation at a token, mean over the ambiguous texts: what mean ablation sets it to."""
    readers: float | None = None
    """Share of the automatic readers that call it spurious; None where nothing told them what to look for."""


@dataclass(frozen=True)
class ShiftRun:
    """One row of the SHIFT table: a classifier changed in one way."""

    name: str
    """`original`, `shift`, `oracle`, …: the same in every task."""
    accuracies: Accuracies
    n_ablated: int | None = 0
    """How many features were ablated."""
    needs: Needs = "nothing"
    """What it knew."""
    note: str | None = None
    """What was done, in a line."""
    split: Split = "test"
    """The texts that the figures are of: one row, the original, is given for the others too."""
    draws: tuple[tuple[float, float, float], ...] = ()
    """Label, attribute and worst group on each draw of texts, means over all else that was drawn."""

    @property
    def needs_labels(self) -> bool:
        """Whether it uses labels of the attribute, which a real user would not have."""
        return self.needs in ("labels", "balanced labels")


@dataclass(frozen=True)
class Flip:
    """A test text whose prediction changed."""

    text: int
    """Its number in the test set."""
    label: int
    attribute: int
    before: float
    """Probability of its true label before."""
    after: float
    """And after."""
    counts: tuple[float, ...] = ()
    """What each token adds to the logit of label 1 under the edited classifier, where that was read."""

    @property
    def became_right(self) -> bool:
        """Whether the prediction afterwards is the true label."""
        return self.after > 0.5

    @property
    def speaks(self) -> tuple[float, ...]:
        """What each token adds for the new prediction, as a share of the strongest such token."""
        for_one = (self.label == 1) == self.became_right
        towards = [max(0.0, count if for_one else -count) for count in self.counts]
        top = max(towards, default=0.0) or 1.0
        return tuple(value / top for value in towards)

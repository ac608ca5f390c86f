"""The texts of a classifier to clean: tokens with a label, and an attribute that it should not use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import LongTensor, Tensor

from explorer_engine.errors import InputError
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import Split

__all__ = ["TaskTexts", "TextSet"]


@dataclass(frozen=True, eq=False)
class TextSet:
    """N texts as token ids with a label and an attribute, both 0 or 1."""

    tokens: tuple[tuple[int, ...], ...]
    """Token ids of each text, no padding."""
    label: LongTensor
    """[N] what the classifier should tell"""
    attribute: LongTensor
    """[N] what it should not use"""

    def __post_init__(self) -> None:
        if not self.tokens:
            raise InputError("texts: there are none: give at least one text")
        if not len(self.tokens) == len(self.label) == len(self.attribute):
            raise InputError(
                f"texts: {len(self.tokens)} texts, {len(self.label)} labels, "
                f"{len(self.attribute)} attributes: every text needs one of each"
            )
        if empty := [i for i, text in enumerate(self.tokens) if not text]:
            raise InputError(f"texts: number {empty[0]} has no tokens: leave empty texts out")
        for name, values in (("label", self.label), ("attribute", self.attribute)):
            if bool(((values != 0) & (values != 1)).any()):
                raise InputError(f"texts: a {name} is neither 0 nor 1: SHIFT compares two of each")

    @classmethod
    def of(cls, tokens: Sequence[Sequence[int]], label: Sequence[int], attribute: Sequence[int]) -> TextSet:
        """From plain lists."""
        return cls(
            tuple(tuple(text) for text in tokens), LongTensor(list(label)), LongTensor(list(attribute))
        )

    def __len__(self) -> int:
        return len(self.tokens)

    def take(self, rows: Sequence[int]) -> TextSet:
        """The texts `rows`, in that order."""
        index = torch.tensor(list(rows), dtype=torch.long)
        return TextSet(tuple(self.tokens[i] for i in rows), self.label[index], self.attribute[index])  # type: ignore[arg-type]

    def thinned(self, by: int) -> TextSet:
        """Every `by`-th text of each of the four groups, in the order of the texts."""
        rows = [row for k in range(4) for row in (self.group == k).nonzero()[::by, 0].tolist()]
        return self.take(sorted(rows))

    @property
    def group(self) -> Tensor:
        """[N] 2·label + attribute: the four groups in the order (0,0), (0,1), (1,0), (1,1)."""
        return 2 * self.label + self.attribute


@dataclass(frozen=True, eq=False)
class TaskTexts:
    """The texts of one task: what its probe learns from, and what it is tested on."""

    ambiguous: TextSet
    """Training texts in which label and attribute say the same."""
    balanced: TextSet
    """Texts with equal groups and their labels: what oracle and skylines are trained on, and what one may
    look at while choosing features."""
    test: TextSet
    """Texts with equal groups that results are reported on."""

    def of(self, split: Split) -> TextSet:
        """The texts that figures are read on."""
        return self.test if split == "test" else self.balanced

    def check(self, task: ClassifierTask) -> None:
        """Raises InputError, in the words of `task`, where one of the four groups has no text."""
        for name in ("test", "balanced"):
            if missing := {0, 1, 2, 3} - set(getattr(self, name).group.tolist()):
                raise InputError(
                    f"task {task.name}: no {name} text is {task.groups[min(missing)]}: "
                    "accuracies need all four groups"
                )

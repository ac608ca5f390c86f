"""A classifier to clean: texts with a label, and an attribute that the classifier should not use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import LongTensor, Tensor

from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["ClassifierTask", "TextSet"]


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

    @property
    def group(self) -> Tensor:
        """[N] 2·label + attribute: the four groups in the order (0,0), (0,1), (1,0), (1,1)."""
        return 2 * self.label + self.attribute


@dataclass(frozen=True, eq=False)
class ClassifierTask:
    """Where the probe reads, what its classes are called, and the texts (the paper, §4)."""

    name: str
    """For example professor-nurse."""
    site: Site
    """The residual site whose mean over tokens the probe reads."""
    classes: tuple[str, str]
    """Names of label 0 and label 1."""
    attributes: tuple[str, str]
    """Names of attribute 0 and attribute 1."""
    ambiguous: TextSet
    """Training texts in which label and attribute say the same."""
    balanced: TextSet
    """Training texts with equal groups: only oracle and skylines may look at them."""
    test: TextSet
    """Test texts with equal groups."""
    skip_first: bool = False
    """Whether the first position is a token that the tokenizer adds (BOS): effects leave it out."""

    def __post_init__(self) -> None:
        if self.site.kind != "resid":
            raise InputError(f"task {self.name}: the probe reads {self.site}: choose a resid site")
        if missing := {0, 1, 2, 3} - set(self.test.group.tolist()):
            label, attribute = divmod(min(missing), 2)
            raise InputError(
                f"task {self.name}: no test text is {self.attributes[attribute]} and {self.classes[label]}: "
                "accuracies need all four groups"
            )

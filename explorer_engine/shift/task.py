"""A classifier to clean: what it should tell, what it should not use, and what both are called."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["ClassifierTask"]


@dataclass(frozen=True)
class ClassifierTask:
    """Where the probe reads, and the words for its label and its attribute (the paper, §4)."""

    name: str
    """For example professor-nurse: the same in files, addresses and the store."""
    site: Site
    """The residual site whose mean over tokens the probe reads."""
    classes: tuple[str, str]
    """Names of label 0 and label 1."""
    attributes: tuple[str, str]
    """Names of attribute 0 and attribute 1."""
    label_name: str = "Label"
    """What the label is, as a heading says it: Toxicity."""
    attribute_name: str = "Attribute"
    """What the attribute is: Dialect."""
    title: str = ""
    """As pages call it; left out, it is made from the classes."""
    skip_first: bool = False
    """Whether the first position is a token that the tokenizer adds (BOS): effects leave it out."""

    def __post_init__(self) -> None:
        if self.site.kind != "resid":
            raise InputError(f"task {self.name}: the probe reads {self.site}: choose a resid site")
        if not self.title:
            # capitalize() would make small letters of the rest
            first = self.classes[0][:1].upper() + self.classes[0][1:]
            object.__setattr__(self, "title", f"{first} or {self.classes[1]}?")

    @property
    def groups(self) -> tuple[str, str, str, str]:
        """Names of the groups (label 0, attribute 0), (0, 1), (1, 0), (1, 1): "male professor"."""
        a, b, c, d = (f"{attribute} {label}" for label in self.classes for attribute in self.attributes)
        return a, b, c, d

"""The planted behaviours: in words for people, which predictions are of one, and how clusters are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from explorer_engine.behaviours.filter import Predictions
from precompute.demo.corpus.windows import load_windows

__all__ = ["LEFT_OUT", "PLANTED", "PlantedChoice", "PlantedRecipe", "planted_label"]

PLANTED: dict[str, str] = {
    "agreement/verb-singular": "Singular verb for a singular subject",
    "agreement/verb-plural": "Plural verb for a plural subject",
    "biographies/own-possessive": "‘his’ / ‘her’ for the person’s own things",
    "biographies/reflexive": "‘himself’ / ‘herself’ after ‘taught’",
    "biographies/place-subject": "‘he’ / ‘she’ after the place of work",
    "biographies/title": "The profession, named after its signs",
    "biographies/married-to": "‘to’ after ‘married’",
    "biographies/born-in": "‘in’ after ‘was born’",
    "infinitives/to": "Infinitive ‘to’ after want / try / hope",
    "infinitives/way-to": "‘to’ between two places",
    "steps/step-number": "The next step’s number",
    "steps/count-next": "The next number of a count",
    "lists/list-comma": "Comma between the things of a list",
    "lists/calendar-next": "The next weekday or month",
    "quotes/quote-close": "Quotation mark that closes",
    "quotes/parenthesis-close": "Parenthesis that closes in prose",
    "dates/year-next": "The year after",
    "dates/range-to": "‘to’ between two years",
    "dates/date-comma": "Comma after the day of the month",
    "code/code-parenthesis": "Parenthesis that closes in code",
    "code/tag-close": "HTML tag that closes",
}
"""`template/slot` → label. Several share their token (‘to’, commas, numbers, parentheses), so that the token
alone does not give them away."""

_SCAFFOLDING = (
    "agreement/relative-the",
    "biographies/works-at",
    "biographies/title-article",
    "biographies/opens-at",
    "biographies/taught-to",
    "biographies/place-comma",
    "infinitives/way-the",
    "steps/step-word",
    "steps/step-colon",
    "steps/count-comma",
    "lists/between-and",
    "code/tag-end",
    "code/code-return",
    "code/loop-in",
    "code/loop-colon",
)
LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(_SCAFFOLDING, "scaffolding: a fixed piece of its template"),
    "biographies/spouse": "the same rule as his / her: it follows from the gender",
    "biographies/call-object": "the same rule as his / her: it follows from the gender",
    "induction/surname": "copies what stood before: the filter leaves repeated bigrams out",
    "induction/repeat": "copies what stood before: the filter leaves repeated bigrams out",
}
"""Role → why its contexts are not clustered. Of an earlier choice of 24 three were dropped after its score
was seen, and which was not written down: hence the score with all roles in, beside the others."""


@dataclass(frozen=True)
class PlantedRecipe:
    """Which predictions are clustered."""

    per_role: int = 60
    """Most contexts taken of one planted behaviour: otherwise boilerplate of biographies is half of all."""
    planted: dict[str, str] = field(default_factory=lambda: dict(PLANTED))
    """Role → label of the behaviours whose contexts are clustered."""
    left_out: dict[str, str] = field(default_factory=lambda: dict(LEFT_OUT))
    """Role → why its contexts are not."""
    natural: int = 1260
    """Contexts of a sample in which behaviours are as often as in the text, to score on besides."""
    seed: int = 0


@dataclass(frozen=True)
class PlantedChoice:
    """Predictions of planted roles, at most `per_role` of each, and their labels."""

    recipe: PlantedRecipe
    windows: Path
    """The documents with the planted role of every token."""

    @property
    def most(self) -> int:
        """How many predictions it takes."""
        return self.recipe.per_role * len(self.recipe.planted)

    def __call__(self, everything: Predictions) -> tuple[Predictions, list[str]]:
        """The chosen predictions in order of document and position, and the label of each."""
        return self._balanced(everything, self.recipe.planted)

    def all_roles(self, everything: Predictions) -> tuple[Predictions, list[str]]:
        """The same with the roles that are left out in; a role without a label is its own."""
        return self._balanced(everything, self.recipe.planted | {role: role for role in self.recipe.left_out})

    def natural(self, everything: Predictions) -> tuple[Predictions, list[str]]:
        """`recipe.natural` predictions of the planted roles, each as likely as any other."""
        roles = self._roles(everything)
        rows = [row for row, role in enumerate(roles) if role in self.recipe.planted]
        chosen = sorted(Random(self.recipe.seed).sample(rows, min(self.recipe.natural, len(rows))))
        return everything[np.array(chosen)], [self.recipe.planted[roles[row]] for row in chosen]

    def _balanced(self, everything: Predictions, labels: Mapping[str, str]) -> tuple[Predictions, list[str]]:
        roles = self._roles(everything)
        by_role: dict[str, list[int]] = {}
        for row, role in enumerate(roles):
            by_role.setdefault(role, []).append(row)
        rng = Random(self.recipe.seed)
        chosen: list[int] = []
        for role in labels:
            rows = by_role.get(role, [])
            chosen += sorted(rng.sample(rows, min(self.recipe.per_role, len(rows))))
        chosen.sort()
        return everything[np.array(chosen)], [labels[roles[row]] for row in chosen]

    def _roles(self, everything: Predictions) -> list[str]:
        windows = load_windows(self.windows)
        return [windows.names[role] for role in windows.roles[everything.document, everything.position]]


def planted_label(truth: Sequence[str]) -> tuple[str, str]:
    """What a cluster is called, and on what grounds: the truths that most of its contexts share."""
    own = Counter(truth)
    total = own.total()
    first, *others = own.most_common(3)
    named = [first, *(other for other in others if first[1] < 0.7 * total and other[1] >= 0.15 * total)]
    words = [first[0], *(name[0].lower() + name[1:] for name, _ in named[1:])]
    shares = ", ".join(f"{n / total:.2f}" for _, n in named)
    return "; ".join(words), f"planted truth: share {shares}"

"""The judgements that pages offer: how each is worded, which key says it, how it is marked. Only here."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.store.opinions import Judgement

__all__ = ["CHOICES", "KEY_TO_SIGNS", "MARK", "Choice"]


@dataclass(frozen=True)
class Choice:
    """One judgement that can be chosen."""

    judgement: Judgement
    word: str
    """On the buttons of the judgement bar."""
    key: str
    """The keyboard's, for these buttons."""
    hint: str
    """What choosing it says of a feature."""
    row_word: str
    """On the tiny buttons of SHIFT's rows, which have less room."""
    row_hint: str
    """What choosing it does to a feature there."""
    mark: str
    """Class of its mark."""
    sign: str
    """Its mark as a character, where the marks are explained."""


CHOICES: tuple[Choice, ...] = (
    Choice(
        "spurious", word="Spurious", key="s", hint="It stands for what the circuit should not use",
        row_word="Spurious", row_hint="ablate", mark="spurious", sign="●",
    ),
    Choice(
        "relevant", word="Relevant", key="d", hint="It stands for what the circuit is about",
        row_word="Relevant", row_hint="keep", mark="relevant", sign="○",
    ),
    Choice(
        "unsure", word="Unsure", key="f", hint="It could be either",
        row_word="?", row_hint="unsure", mark="unsure", sign="◌",
    ),
)  # fmt: skip

MARK: dict[str, str] = {choice.judgement: choice.mark for choice in CHOICES} | {"skip": "skip"}
"""Judgement → the class of its mark: solid, ring, dotted; dashed for a feature that somebody passed over."""

KEY_TO_SIGNS = " ".join(f"{choice.sign} {choice.judgement}" for choice in CHOICES)
"""What the marks mean, in a line."""

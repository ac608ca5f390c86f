"""Statements about behaviours that a world does not have: made anew since, or another world's."""

from __future__ import annotations

from collections.abc import Callable

from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import Event

__all__ = ["BEHAVIOUR", "behaviour_named", "lost", "subject"]

BEHAVIOUR = "behaviour-"
_DIGITS = 9


def behaviour_named(target: str) -> tuple[int, str] | None:
    """`"behaviour-17@1f0c93ab"` → (17, "1f0c93ab"), of a bare number (17, ""); None for another target."""
    number, _, fingerprint = target.removeprefix(BEHAVIOUR).partition("@")
    known = target.startswith(BEHAVIOUR) and number.isascii() and number.isdecimal()
    return (int(number), fingerprint) if known and len(number) <= _DIGITS else None


def subject(event: Event) -> str:
    """The behaviour that a statement is about: its target, or of a judgement of a feature its scope."""
    return event.target if event.target.startswith(BEHAVIOUR) else event.scope


def lost(judgements: JudgementStore, fingerprint: Callable[[int], str]) -> tuple[Event, ...]:
    """What counts and is about no behaviour of the world, oldest first.

    `fingerprint` gives that of the world's behaviour of a number, "" where there is none. Those told before
    behaviours had fingerprints are taken to be about the one of their number.
    """

    def here(number: int, told: str) -> bool:
        own = fingerprint(number)
        return bool(own) and told in ("", own)

    found = ((event, behaviour_named(subject(event))) for event in judgements.current(BEHAVIOUR))
    return tuple(event for event, behaviour in found if behaviour and not here(*behaviour))

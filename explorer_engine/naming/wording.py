"""A pattern in words: what a feature fires on, after what, before what, what it promotes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer_engine.naming.terms import called
from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import (
    EARLIER,
    FOURTH,
    HERE,
    NEXT,
    PREVIOUS,
    SECOND,
    THIRD,
    Pattern,
    Rule,
)

__all__ = ["promotes", "worded"]

_PROMOTED = 10
"""Promoted tokens that are looked at."""
_SHARE = 0.3
"""Share of what follows an active place that must be promoted, for it to be told."""
_STEPS = {PREVIOUS: "", SECOND: "two tokens ", THIRD: "three tokens ", FOURTH: "four tokens "}
_START = "the start of a text"
_TOLD = 2
"""Rules that are told; of further ones only that there are some."""


def worded(pattern: Pattern, texts: Texts, promoted: Sequence[int] = ()) -> str:
    """`"full stop somewhere after she, her · promotes She, Her"`; `promoted` as `promotes` finds them."""
    rules = list(dict.fromkeys(_rule(rule, texts) for rule in pattern.rules[:_TOLD]))
    said = "; or ".join(rules)
    more = called([texts.words[token] for token in promoted])
    return f"{said} · promotes {more}" if promoted else said


def promotes(promoted: Sequence[int], following: np.ndarray, gain: np.ndarray) -> list[int]:
    """Of the tokens that a feature promotes those that a name tells: at most three, or none.

    `following` [n]: the tokens that stand after active places, `gain` [n]: the activation there. Direct
    effects of early features are often noise: they are told where they come true in what follows.
    """
    share = {token: float(gain[following == token].sum()) for token in promoted[:_PROMOTED]}
    if sum(share.values()) < _SHARE * gain.sum():
        return []
    return [token for token, part in share.items() if part > 0][:3]


def _rule(rule: Rule, texts: Texts) -> str:
    by_slot = {condition.slot: condition.tokens for condition in rule.conditions}
    here = by_slot.get(HERE) or rule.typical
    parts = [_tokens(here, texts, HERE) if here else "anything"]
    before = [slot for slot in (FOURTH, THIRD, SECOND, PREVIOUS) if slot in by_slot]
    if before == [PREVIOUS] and by_slot[PREVIOUS] == (texts.boundary,):
        parts.append("at the start of a text")
    elif len(before) > 1 and before[-1] == PREVIOUS and before[0] == -len(before):
        parts.append(f"after {' + '.join(_tokens(by_slot[slot], texts, slot) for slot in before)}")
    else:
        parts += [
            f"{'and ' * bool(n)}{_STEPS[slot]}after {_tokens(by_slot[slot], texts, slot)}"
            for n, slot in enumerate(before)
        ]
    if NEXT in by_slot:
        parts.append(f"before {_tokens(by_slot[NEXT], texts, NEXT)}")
    if EARLIER in by_slot:
        parts.append(f"somewhere after {_tokens(by_slot[EARLIER], texts, EARLIER)}")
    return " ".join(parts)


def _tokens(tokens: Sequence[int], texts: Texts, slot: int) -> str:
    words = [texts.words[token] for token in tokens if token != texts.boundary]
    said = [called(words, quotes=slot != HERE)] if words else []
    if texts.boundary in tokens:
        said.append("mark between texts" if slot == HERE else "the end of a text" if slot == NEXT else _START)
    return " or ".join(said)

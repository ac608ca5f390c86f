"""Finding patterns: rules of a few conditions, grown while that tells more, pruned and merged."""

from __future__ import annotations

import numpy as np

from explorer_engine.naming.classes import Classes
from explorer_engine.naming.conditions import best_condition
from explorer_engine.naming.evidence import Evidence, Sought, sought
from explorer_engine.naming.matching import holds
from explorer_engine.naming.texts import Texts
from explorer_engine.naming.values import (
    EARLIER,
    FOURTH,
    HERE,
    NEXT,
    PREVIOUS,
    SECOND,
    THIRD,
    Condition,
    Pattern,
    Rule,
)

__all__ = ["find_pattern"]

_MOST_RULES, _MOST_CONDITIONS = 3, 3
_GAIN = 0.06
"""How much better (F1) a further condition must make a rule."""
_ENOUGH = 0.92
"""F1 at which nothing more is looked for."""
_PRUNED = 0.02
"""How much worse a rule may become without a condition."""
_UNLIKELY = {SECOND: 0.005, THIRD: 0.01, FOURTH: 0.02, EARLIER: 0.05, NEXT: 0.08}
"""How much better a condition on these slots must be than on others: a model does not see what comes next."""
_LEFT = 0.15
"""Share of the activation that a rule must explain."""
_RELIABLE = 0.4
"""Least precision of a rule."""
_ALIKE = 0.75
"""Share of the activation on tokens that are alike, for them to be told."""

Conditions = tuple[Condition, ...]


def find_pattern(
    evidence: Evidence,
    texts: Texts,
    classes: Classes,
    sample: np.ndarray,
    least: float,
    density: float,
) -> Pattern:
    """Rules that tell the places with at least the activation `least` from others.

    `sample`: places drawn from the documents; `density`: share of tokens on which the feature is active so
    strongly. A rule grows from the tokens that the feature is active on, or from none: what stands before,
    after or anywhere earlier, whatever raises F1 most. Recall is the share of the activation on tokens that
    two documents have; precision is the worse of that among the places shown and of what density allows,
    given how many places of the documents a rule holds at. A further rule is of what is left unexplained.
    """
    left = sought(evidence, texts, sample, least, density)
    rules: list[Rule] = []
    while len(rules) < _MOST_RULES and left.gain.sum() > _LEFT:
        conditions = _conditions(left, texts, classes)
        held = holds(conditions, texts, left.places)
        weight = float(left.gain[held].sum())
        if not conditions or weight < _LEFT or left.precision(held) < _RELIABLE:
            break
        shown = holds(conditions, texts, evidence.places)
        mean = float(evidence.activation[shown].mean())
        rules.append(Rule(conditions, mean, weight, _typical(left.only(held), texts, classes)))
        left = left.only(~held)
    return Pattern(tuple(sorted(_merged(rules), key=lambda rule: -rule.weight)))


def _conditions(rows: Sought, texts: Texts, classes: Classes) -> Conditions:
    """The best conditions, grown from the tokens that it is active on, and from nothing."""
    first, quality = best_condition(rows, texts, classes, HERE, rows.gain.sum())
    found = _grown(rows, texts, classes, (first,) if first else (), quality)
    if first and quality < _ENOUGH:
        found = max(found, _grown(rows, texts, classes, (), 0.0), key=lambda grown: grown[1])
    return _pruned(rows, texts, found[0])


def _grown(
    rows: Sought, texts: Texts, classes: Classes, conditions: Conditions, quality: float
) -> tuple[Conditions, float]:
    """Further conditions while one raises the quality enough."""
    total = rows.gain.sum()
    while len(conditions) < _MOST_CONDITIONS and quality < _ENOUGH:
        here = rows.only(holds(conditions, texts, rows.places))
        taken = {condition.slot for condition in conditions}
        tried = [
            (*best_condition(here, texts, classes, slot, total), slot)
            for slot in (PREVIOUS, SECOND, THIRD, FOURTH, NEXT, EARLIER, HERE)
            if slot not in taken
        ]
        found, better, _ = max(tried, key=lambda t: t[1] - _UNLIKELY.get(t[2], 0.0))
        if found is None or better < quality + _GAIN:
            break
        conditions, quality = (*conditions, found), better
    return conditions, quality


def _pruned(rows: Sought, texts: Texts, conditions: Conditions) -> Conditions:
    """Without the conditions that the others do not need."""
    total = rows.gain.sum()
    for condition in conditions:
        fewer = tuple(other for other in conditions if other is not condition)
        if fewer:
            with_it, without = (rows.f1(holds(c, texts, rows.places), total) for c in (conditions, fewer))
            conditions = fewer if without >= with_it - _PRUNED else conditions
    return conditions


def _typical(held: Sought, texts: Texts, classes: Classes) -> tuple[int, ...]:
    """The tokens of the active places where they are few or nearly all of one class, else none."""
    active = held.gain > 0
    own, gain = texts.tokens[held.places[active]], held.gain[active]
    for label, most in ((classes.labels[0], 3), (classes.labels[2], 1)):
        weight = np.bincount(label[own], gain)
        inside = np.isin(label[own], np.argsort(-weight, kind="stable")[:most])
        if gain[inside].sum() >= _ALIKE * gain.sum():
            tokens = np.bincount(own[inside], gain[inside])
            return tuple(np.argsort(-tokens, kind="stable")[: (tokens > 0).sum()].tolist())
    return ()


def _merged(rules: list[Rule]) -> list[Rule]:
    """Rules that differ in the tokens of one slot only are one."""
    found: list[Rule] = []
    for rule in rules:
        for k, other in enumerate(found):
            if (both := _united(other, rule)) is not None:
                found[k] = both
                break
        else:
            found.append(rule)
    return found


def _united(one: Rule, other: Rule) -> Rule | None:
    mine, theirs = ({c.slot: c.tokens for c in rule.conditions} for rule in (one, other))
    if mine.keys() != theirs.keys() or sum(set(mine[s]) != set(theirs[s]) for s in mine) > 1:
        return None
    conditions = tuple(Condition(s, tuple(dict.fromkeys(mine[s] + theirs[s]))) for s in mine)
    weight = one.weight + other.weight
    activation = (one.activation * one.weight + other.activation * other.weight) / weight
    typical = tuple(dict.fromkeys(one.typical + other.typical)) if one.typical and other.typical else ()
    return Rule(conditions, activation, weight, typical)

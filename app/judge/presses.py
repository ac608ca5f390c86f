"""What was pressed at the desk, carried out in its order: each for the feature that was on screen then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app import address, annotator, session, world
from app.judge.screen import Screen
from app.judge.view import JudgeView
from app.shared import header, judging, labelling
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import JUDGEMENTS, RATINGS

__all__ = ["Press", "answer"]

View = JudgeView
_SAYING = (*JUDGEMENTS, "label", "note", *RATINGS)
_MOST_TABS = 20


@dataclass(frozen=True)
class Press:
    """A key, a click or a field of the desk."""

    n: int
    """Its number in the browser's tab: one that arrives twice is carried out once."""
    act: str
    target: str
    value: str | None
    seen: str | None
    seconds: float | None


def answer(shown: Screen, said: Any) -> None:
    """Carry out what the browser sends: {"tab", "circuit", "presses"}; a browser can send anything."""
    if not isinstance(said, Mapping) or said.get("circuit") != shown.scope:
        return
    done: dict[str, int] = session.here().setdefault("judge_done", {})
    tab = str(said.get("tab"))[:40]
    new = sorted(_presses(said.get("presses")), key=lambda press: press.n)
    at = shown
    for press in new:
        if press.n <= done.get(tab, 0):
            continue
        done[tab] = press.n
        if press.target not in shown.features:
            continue
        at = _carried(at, press)
        if at is None:  # one sees which was not kept, and why; what was pressed after it is not carried out
            done[tab] = new[-1].n
            at = replace(shown, current=press.target)
            break
    while len(done) > _MOST_TABS:
        done.pop(next(iter(done)))
    if at is not shown:
        address.update(View, feature=FeatureRef.parse(at.current))


def _presses(found: Any) -> list[Press]:
    """Those that can be read."""
    out = []
    for row in found if isinstance(found, list) else ():
        try:
            told = (row.get(name) for name in ("value", "seen", "seconds"))
            out.append(Press(int(row["n"]), str(row["act"]), str(row["target"]), *told))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue
    return out


def _carried(shown: Screen, press: Press) -> Screen | None:
    """The screen after a press; None where it could not be kept."""
    at = replace(shown, current=press.target)
    if press.act in _SAYING:
        if annotator.name() is None:
            waiting: list[Press] = session.here().setdefault("judge_waiting", [])
            if not header.asking():
                waiting.clear()
            waiting.append(press)
            header.name_first(partial(_named, shown))
            return at
        if not labelling.kept(lambda: _say(shown.scope, press)):
            return None
        return _next_unjudged(_fresh(at)) if press.act in JUDGEMENTS else at
    header.forget()
    match press.act:
        case "next":
            return replace(at, current=at.beside(1))
        case "previous":
            return replace(at, current=at.beside(-1))
        case "unjudged":
            return _next_unjudged(at)
        case "undo":
            undone = labelling.undo()
            back = undone.target if undone is not None and undone.target in at.features else at.current
            return replace(_fresh(at), current=back)
    return at  # a cell of the queue


def _fresh(shown: Screen) -> Screen:
    """The same with what one has said by now."""
    said = judging.mine(shown.scope)
    return replace(shown, mine={target: said[target] for target in said.keys() & shown.features.keys()})


def _next_unjudged(shown: Screen) -> Screen:
    return replace(shown, current=next(iter(shown.ahead), shown.current))


def _named(shown: Screen) -> None:
    """A name was given: what waited for it is carried out."""
    for press in session.here().pop("judge_waiting", ()):
        if not labelling.kept(partial(_say, shown.scope, press)):
            return
    address.update(View, feature=None)


def _say(scope: str, press: Press) -> None:
    """Write one statement; raises InputError where it is none or cannot be kept."""
    store, me, value = world.judgements(), annotator.name() or "", press.value
    for judgement in JUDGEMENTS:
        if press.act == judgement:
            store.judge(me, press.target, judgement, scope, press.seen, press.seconds)
            return
    for rating in RATINGS:
        if press.act == rating:
            store.rate(me, press.target, rating, _number(value))
            return
    text = "" if value is None else str(value)
    if press.act == "label":
        store.label(me, press.target, text)
    else:
        store.note(me, press.target, text)


def _number(value: str | None) -> int | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        return int(value)
    except (ValueError, TypeError):
        raise InputError(f"{value!r} is no rating; choose a whole number from 0 to 100") from None

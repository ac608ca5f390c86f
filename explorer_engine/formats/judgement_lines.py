"""Judgements as JSON lines, one statement each: nothing is lost between two stores."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.tables import read_rows
from explorer_engine.store.opinions import JUDGEMENTS, MODERATING, RATINGS, Event
from explorer_engine.store.rules import author, complete, seconds_of, seen_of, text_of

__all__ = ["event_of", "read_events", "to_line", "to_lines"]

_NEEDED = tuple(field.name for field in fields(Event) if field.default is MISSING)
_RECORDED = tuple(field.name for field in fields(Event) if field.default is not MISSING)
"""Left out where nothing was recorded: older statements have none of them."""
_OF_OTHERS = ("undo", "hide")
_KINDS = ("judgement", "label", "note", *RATINGS, "undo", *MODERATING)
_MOST = 2**63 - 1


def to_lines(events: Iterable[Event]) -> str:
    """A line for each event; its time in ISO 8601, UTC."""
    return "".join(f"{to_line(event)}\n" for event in events)


def to_line(event: Event) -> str:
    """One event as a JSON object on one line."""
    row = {**asdict(event), "time": f"{event.time.isoformat()}Z"}
    told = {name: value for name, value in row.items() if value is not None or name in _NEEDED}
    return json.dumps(told, ensure_ascii=False)


def read_events(file: str | Path) -> list[Event]:
    """The events of a file that `to_lines` made. Raises InputError that names the line and what is wrong.

    An undo is of a statement of the same person that stands before it.
    """
    events: dict[int, Event] = {}
    for where, row in read_rows(Path(file), ("id", "time", "annotator", "kind")):
        try:
            event = event_of(row)
        except InputError as wrong:
            raise InputError(f"{where}: {wrong}") from None
        if event.id in events:
            raise InputError(f"{where}: id {event.id} is there twice: write the file again")
        undone = None if event.undoes is None else events.get(event.undoes)
        if event.undoes is not None and (undone is None or not _may_undo(event, undone)):
            raise InputError(f"{where}: undoes {event.undoes}, which is no statement of theirs before it")
        events[event.id] = event
    return list(events.values())


def event_of(row: Any) -> Event:
    """The event of a line's object. Raises InputError that says what is wrong with it."""
    if not isinstance(row, dict):
        raise InputError("no object: expected a statement of a judgement store")
    if missing := [name for name in _NEEDED if name not in row]:
        raise InputError(f"{missing[0]} is missing: expected a statement of a judgement store")
    told: dict[str, Any] = {name: row.get(name) for name in (*_NEEDED, *_RECORDED)}
    event = Event(**told)
    for name in ("annotator", "kind", "target", "scope"):
        if not complete(getattr(event, name)):
            raise InputError(f"{name} is {_shown(getattr(event, name))}: give a text")
    if not event.target.strip():
        raise InputError("target is empty: name a feature or a behaviour")
    author(event.annotator)
    _check_value(event)
    numbers = (event.id, 0 if event.undoes is None else event.undoes)
    if not all(type(number) is int and -_MOST <= number <= _MOST for number in numbers):
        raise InputError("id and undoes are numbers of statements: write the file again")
    if (event.kind in _OF_OTHERS) != (event.undoes is not None):
        raise InputError(f"undoes is {event.undoes}, but kind is {event.kind}: only an undo has one")
    return replace(event, time=_time(event.time), seen=seen_of(event.seen), seconds=seconds_of(event.seconds))


def _may_undo(event: Event, undone: Event) -> bool:
    """A person takes back what is theirs; organisers hide what others said, and take back each other's."""
    return undone.annotator == event.annotator or event.kind == "hide" or undone.kind in MODERATING


def _check_value(event: Event) -> None:
    kind, value = event.kind, event.value
    if kind not in _KINDS:
        raise InputError(f"kind {_shown(kind)} is not one of {', '.join(_KINDS)}")
    if value is None:
        return
    if not complete(value):
        raise InputError(f"value is {_shown(value)}: give a text or null")
    if kind == "judgement" and value not in JUDGEMENTS:
        raise InputError(f"judgement {_shown(value)} is not one of {', '.join(JUDGEMENTS)}")
    if kind in RATINGS and not (
        value.isascii() and value.isdecimal() and len(value) < 4 and int(value) <= 100
    ):
        raise InputError(f"{kind} {_shown(value)} is no number from 0 to 100, written as text")
    text_of(value)


def _time(given: object) -> datetime:
    try:
        time = datetime.fromisoformat(str(given))
        return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise InputError(f"time {_shown(given)} is no date and time of ISO 8601") from None


def _shown(value: object) -> str:
    return ascii(value)[:80]

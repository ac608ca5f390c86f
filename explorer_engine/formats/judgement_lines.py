"""Judgements as JSON lines, one statement each: nothing is lost between two stores."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.formats.tables import read_rows
from explorer_engine.store.opinions import JUDGEMENTS, RATINGS, Event

__all__ = ["read_events", "to_lines"]

_FIELDS = tuple(field.name for field in fields(Event))
_KINDS = ("judgement", "label", "note", *RATINGS, "undo")


def to_lines(events: Iterable[Event]) -> str:
    """A line for each event; its time in ISO 8601, UTC."""
    lines = ({**asdict(event), "time": f"{event.time.isoformat()}Z"} for event in events)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read_events(file: str | Path) -> list[Event]:
    """The events of a file that `to_lines` made. Raises InputError that names the line and what is wrong."""
    return [_event(where, row) for where, row in read_rows(Path(file), ("id", "time", "annotator", "kind"))]


def _event(where: str, row: dict[str, Any]) -> Event:
    if missing := [name for name in _FIELDS if name not in row]:
        raise InputError(f"{where} lacks {missing[0]}: expected a statement of a judgement store")
    event = Event(**{name: row[name] for name in _FIELDS})
    for name in ("annotator", "kind", "target", "scope"):
        if not isinstance(getattr(event, name), str):
            raise InputError(f"{where}: {name} is {getattr(event, name)!r}: give a text")
    if event.kind not in _KINDS:
        raise InputError(f"{where}: kind {event.kind!r} is not one of {', '.join(_KINDS)}")
    if event.kind == "judgement" and event.value not in (None, *JUDGEMENTS):
        raise InputError(f"{where}: judgement {event.value!r} is not one of {', '.join(JUDGEMENTS)}")
    if not all(type(number) is int for number in (event.id, event.undoes or 0)):
        raise InputError(f"{where}: id and undoes are numbers of statements: write the file again")
    try:
        time = datetime.fromisoformat(str(event.time))
    except ValueError:
        raise InputError(f"{where}: time {event.time!r} is no date and time of ISO 8601") from None
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return replace(event, time=time)

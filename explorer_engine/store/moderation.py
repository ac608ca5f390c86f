"""What an organiser may do: hide a statement and close a name. Both are statements too; no row is removed."""

from __future__ import annotations

from collections.abc import Collection

from explorer_engine.errors import InputError
from explorer_engine.store.event_table import FIELDS, EventTable
from explorer_engine.store.opinions import MODERATING, Event
from explorer_engine.store.rules import author, now

__all__ = ["Moderation"]


class Moderation:
    """An organiser's statements in one store."""

    def __init__(self, events: EventTable) -> None:
        self._events = events

    def check(self, name: str) -> None:
        """Raise InputError where a name is closed."""
        if self._closing(name):
            raise InputError(f"the name {name!r} was closed by an organiser; choose another")

    def hide(self, organiser: str, ids: Collection[int]) -> int:
        """Hide statements from every page; they stay in the store and in exports. Returns how many are new.

        Raises InputError for a number that no person's statement has.
        """
        name = author(organiser)
        with self._events.lock:
            found = {event.id: event for event in self._people("event")}
            for id in ids:
                if id not in found:
                    raise InputError(f"statement {id}: there is none of this number; `export` lists them")
            standing = {event.id for event in self._people("standing")}
            new = [found[id] for id in dict.fromkeys(ids) if id in standing]
            return len(self._events.add([_about(event, name, "hide") for event in new]))

    def show(self, organiser: str, ids: Collection[int]) -> int:
        """Show hidden statements again; returns how many."""
        name = author(organiser)
        with self._events.lock:
            hiding = [event for event in self._of("standing", "hide") if event.undoes in ids]
            return len(self._events.add([_about(event, name, "undo") for event in hiding]))

    def close(self, organiser: str, name: str) -> bool:
        """Let nobody say anything under a name any more; False where it is closed already."""
        by, closed = author(organiser), author(name)
        with self._events.lock:
            if self._closing(closed):
                return False
            self._events.add([Event(0, now(), by, "close", closed, "", None, None)])
            return True

    def open(self, organiser: str, name: str) -> bool:
        """Let a closed name be used again; False where it is not closed."""
        by = author(organiser)
        with self._events.lock:
            return bool(self._events.add([_about(event, by, "undo") for event in self._closing(name)]))

    def of_person(self, name: str) -> list[int]:
        """The numbers of what stands under a name."""
        return [event.id for event in self._people("standing") if _same(event.annotator, name)]

    def _closing(self, name: str) -> list[Event]:
        return [event for event in self._of("standing", "close") if _same(event.target, name)]

    def _of(self, view: str, kind: str) -> list[Event]:
        rows = self._events.records(f"SELECT {FIELDS} FROM {view} WHERE kind = ? ORDER BY id", [kind])
        return [Event(**row) for row in rows]

    def _people(self, view: str) -> list[Event]:
        rows = self._events.records(
            f"SELECT {FIELDS} FROM {view} WHERE kind <> 'undo' AND kind NOT IN ? ORDER BY id", [MODERATING]
        )
        return [Event(**row) for row in rows]


def _about(event: Event, by: str, kind: str) -> Event:
    return Event(0, now(), by, kind, event.target, event.scope, None, event.id)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()

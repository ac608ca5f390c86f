"""The judgement store: what people said about features, as events that are only ever added.

Owned by one process (the app): one DuckDB connection, a cursor a call, one lock around writes. A method that
writes returns after the statement has reached the disk twice, in the store and in its log: what a page has
confirmed survives the process's death, and the loss of either file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args
from weakref import WeakValueDictionary

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable
from explorer_engine.store.event_table import FIELDS
from explorer_engine.store.explanations import Explanation, Explanations
from explorer_engine.store.judgement_file import told_as
from explorer_engine.store.judgement_opening import for_reading, for_writing
from explorer_engine.store.moderation import Moderation
from explorer_engine.store.opinions import (
    IMPORTED,
    JUDGEMENTS,
    RATINGS,
    Event,
    Judgement,
    Label,
    Opinion,
    Policy,
    Rating,
    Votes,
)
from explorer_engine.store.pace import Pace
from explorer_engine.store.rules import author, checked, now, person, said, text_of

__all__ = ["JudgementStore", "open_here"]

_LOCKS: dict[Path, threading.Lock] = {}  # one a file: two stores on one file in one process write in turn
_OPEN: WeakValueDictionary[Path, JudgementStore] = WeakValueDictionary()


def open_here(path: Path) -> JudgementStore | None:
    """The store of a file that this process has open, which it must not read in another way."""
    return _OPEN.get(_real(path))


def _real(path: str | Path) -> Path:
    """Where a store lies, by one name; of links in a circle the path as it is."""
    return Path(os.path.realpath(path))


class JudgementStore:
    """People's statements about features and behaviours; safe to share between threads.

    Nobody's statement overwrites another's or is changed: a new value is a new event, an undo is an event,
    and the current state is computed from them.
    """

    def __init__(self, path: str | Path, readable_only: str | None = None, pace: bool = False) -> None:
        """Open or create the store; raises InputError where another process has it or it cannot be read.

        `readable_only`: why nothing can be said; then what can be read is held as it is now, nothing raised.
        `pace`: whether people say it, who are not faster than `Pace`.
        """
        self.path = _real(path)
        self._lock = _LOCKS.setdefault(self.path, threading.Lock())
        self.readable_only = readable_only is not None
        self.notice: str | None = None
        """What its users should know: statements that came back, a log made anew."""
        with self._lock:
            if readable_only is None:
                check_readable(self.path)
                self._events, self.notice = for_writing(self.path, self._lock)
                _OPEN[self.path] = self
            else:
                self._events = for_reading(self.path, self._lock, readable_only)
        self._rows, self._records = self._events.rows, self._events.records
        self._counted: tuple[int, int] | None = None
        self._pace = Pace() if pace else None
        self.moderation = Moderation(self._events)
        self.explanations = Explanations(self._events.connection, self._lock)

    @property
    def closed(self) -> str | None:
        """Why nothing can be said now, in one line; None while something can."""
        return self._events.closed

    # ---- statements: each returns the event after it was committed ----

    def judge(
        self, annotator: str, target: str, judgement: Judgement | None, scope: str = "",
        seen: str | None = None, seconds: float | None = None,
    ) -> Event:  # fmt: skip
        """Say what a feature is for the circuit `scope`; None takes one's judgement back.

        `seen` and `seconds` as `Event` has them.
        """
        if judgement is not None and judgement not in JUDGEMENTS:
            raise InputError(f"judgement {judgement!r} is not one of {', '.join(JUDGEMENTS)}")
        return self._add(annotator, "judgement", target, scope, judgement, seen, seconds)

    def label(self, annotator: str, target: str, text: str | None) -> Event:
        """Name a target; empty text takes one's label back."""
        return self._add(annotator, "label", target, "", text_of(text))

    def note(self, annotator: str, target: str, text: str | None) -> Event:
        """Write a note on a target; empty text takes it back."""
        return self._add(annotator, "note", target, "", text_of(text))

    def rate(self, annotator: str, target: str, rating: Rating, value: int | None) -> Event:
        """Rate a target 0–100; None takes the rating back."""
        if rating not in RATINGS:
            raise InputError(f"rating {rating!r} is not one of {', '.join(RATINGS)}")
        if value is not None and not 0 <= value <= 100:
            raise InputError(f"{rating} {value} is outside 0–100; choose a number between")
        return self._add(annotator, rating, target, "", None if value is None else str(int(value)))

    def undo(self, annotator: str, scope: str | None = None) -> Event | None:
        """Take back this person's newest statement that still counts (in `scope` only, when given).

        Returns the event that was undone, or None when there is none. What was true before it is true again.
        """
        name = person(annotator)
        with self._lock:
            self._admit(name)
            found = self._records(
                f"""SELECT {FIELDS} FROM standing WHERE annotator = $name AND kind NOT IN ('hide', 'close')
                    AND scope = coalesce($scope, scope) ORDER BY id DESC LIMIT 1""",
                {"name": name, "scope": scope},
            )
            event = Event(**found[0]) if found else None
            if event is not None:
                self._events.add([Event(0, now(), name, "undo", event.target, event.scope, None, event.id)])
            return event

    def add_all(self, events: Iterable[Event]) -> int:
        """Import statements with their own time and author, all or none; returns how many are new.

        Ids are given anew in the order of the input, and an `undoes` follows its event's new id. What is
        there already, said by the same person at the same time, is not added again.
        """
        told = [replace(event, annotator=author(event.annotator)) for event in events]
        with self._lock:
            known = {said(event): event.id for event in self.events()}
            there = {event.id: known[said(event)] for event in told if said(event) in known}
            return len(self._events.add([event for event in told if event.id not in there], there))

    def take_all(self, events: Sequence[Event], explanations: Iterable[Explanation] = ()) -> None:
        """Take over another store's statements, under their ids where those are free, and its explanations.

        What is there already is not added again.
        """
        with self._lock:
            self._events.take_over(events)
        with told_as(self.path):
            self.explanations.add(explanations)

    def has_adopted(self, file: str, stamp: str) -> bool:
        """Whether a file of an older key was taken over in this state (`adoption`)."""
        return bool(self._rows("SELECT 1 FROM adopted WHERE file = ? AND stamp = ?", [file, stamp]))

    def mark_adopted(self, file: str, stamp: str) -> None:
        """Say that a file of an older key was taken over."""
        with self._lock, told_as(self.path):
            self._rows("INSERT INTO adopted VALUES (?, ?)", [file, stamp])

    def tell(self, notice: str) -> None:
        """Add to what users should know."""
        self.notice = "; ".join(filter(None, (self.notice, notice)))

    def annotate(self, source: str, statements: Iterable[tuple[str, str, str]]) -> int:
        """Keep what a source says: targets, labels and notes, all or none; returns how many are new."""
        name, time = author(source), now()
        with self._lock:
            known = set(self._rows("SELECT target, kind, value FROM current WHERE annotator = ?", [name]))
            new = [
                Event(0, time, name, kind, target, "", text, None)
                for target, *texts in statements
                for kind, text in zip(("label", "note"), map(text_of, texts), strict=True)
                if text and (target, kind, text) not in known
            ]
            return len(self._events.add(new))

    # ---- the current state ----

    @property
    def version(self) -> int:
        """Changes with every statement, so it can be part of a cache key; counted once until there is one."""
        now = self._events.changes
        if self._counted is None or self._counted[0] != now:
            self._counted = now, self._rows("SELECT coalesce(max(id), 0) + count(*) FROM event")[0][0]
        return self._counted[1]

    def mine(self, annotator: str, scope: str = "") -> dict[str, Judgement]:
        """This person's judgements in one scope, by target."""
        return dict(
            self._rows(  # type: ignore[arg-type]
                """SELECT target, value FROM current WHERE kind = 'judgement' AND annotator = ? AND scope = ?
                   AND value IS NOT NULL ORDER BY id""",
                [annotator.strip(), scope],
            )
        )

    def votes(self, scope: str = "") -> dict[str, Votes]:
        """Everybody's judgements in one scope, by target; "skip" is no vote."""
        rows = self._rows(
            """SELECT target, list(annotator ORDER BY id) FILTER (value = 'spurious'),
                      list(annotator ORDER BY id) FILTER (value = 'relevant'),
                      list(annotator ORDER BY id) FILTER (value = 'unsure')
               FROM current
               WHERE kind = 'judgement' AND scope = ? AND value IN ('spurious', 'relevant', 'unsure')
               GROUP BY target ORDER BY target""",
            [scope],
        )
        return {target: Votes(*(tuple(names or ()) for names in sides)) for target, *sides in rows}

    def spurious(self, scope: str, policy: Policy, annotator: str = "") -> frozenset[str]:
        """What to ablate: spurious to me, to a majority (against relevant votes), or to anybody."""
        if policy == "mine":
            return frozenset(t for t, value in self.mine(annotator, scope).items() if value == "spurious")
        votes = self.votes(scope)
        if policy == "any":
            return frozenset(target for target, vote in votes.items() if vote.spurious)
        if policy == "majority":
            return frozenset(target for target, vote in votes.items() if vote.majority == "spurious")
        raise InputError(f"policy {policy!r} is not one of {', '.join(get_args(Policy))}")

    def labels(self, annotator: str | None = None) -> dict[str, Label]:
        """The newest label of each target: by anybody, people before sources, or this person's own."""
        rows = self._records(
            """SELECT target, value, annotator, time FROM current WHERE kind = 'label' AND value IS NOT NULL
               AND annotator = coalesce(?, annotator)
               QUALIFY row_number() OVER (
                   PARTITION BY target ORDER BY starts_with(annotator, ?), id DESC
               ) = 1 ORDER BY target""",
            [annotator, IMPORTED],
        )
        return {row["target"]: Label(row["value"], row["annotator"], row["time"]) for row in rows}

    def judged(self, annotator: str | None = None) -> frozenset[str]:
        """Targets that somebody (or this person) has judged in any scope."""
        rows = self._rows(
            """SELECT DISTINCT target FROM current
               WHERE kind = 'judgement' AND value IS NOT NULL AND value <> 'skip'
               AND annotator = coalesce(?, annotator)""",
            [annotator],
        )
        return frozenset(target for (target,) in rows)

    def subjects(self) -> frozenset[str]:
        """Everything that something is said of, or for: the targets and scopes of what still counts."""
        rows = self._rows(
            """SELECT target FROM current WHERE value IS NOT NULL
               UNION SELECT scope FROM current WHERE value IS NOT NULL AND scope <> ''"""
        )
        return frozenset(name for (name,) in rows)

    def opinions(self, target: str, scope: str | None = None) -> tuple[Opinion, ...]:
        """What each person says about a target; judgements of `scope`, or the newest of any scope."""
        return self.opinions_on([target], scope).get(target, ())

    def opinions_on(
        self, targets: Collection[str], scope: str | None = None
    ) -> dict[str, tuple[Opinion, ...]]:
        """As `opinions`, of several targets at once; those that nobody speaks of are left out."""
        found: dict[str, tuple[Opinion, ...]] = {}
        for target, opinion in self._opinions(list(targets), None, scope):
            found[target] = (*found.get(target, ()), opinion)
        return found

    def own(self, annotator: str, scope: str) -> dict[str, Opinion]:
        """All that this person says, by target; judgements of `scope`."""
        return dict(self._opinions(None, annotator.strip(), scope))

    def _opinions(
        self, targets: list[str] | None, annotator: str | None, scope: str | None
    ) -> list[tuple[str, Opinion]]:
        rows = self._records(
            """SELECT target, annotator,
                      arg_max(value, id) FILTER (kind = 'judgement') AS judgement,
                      arg_max(value, id) FILTER (kind = 'label') AS label,
                      arg_max(value, id) FILTER (kind = 'note') AS note,
                      arg_max(value, id) FILTER (kind = 'interpretability')::INTEGER AS interpretability,
                      arg_max(value, id) FILTER (kind = 'complexity')::INTEGER AS complexity,
                      max(time) AS time
               FROM current WHERE value IS NOT NULL
               AND ($targets IS NULL OR list_contains($targets::VARCHAR[], target))
               AND annotator = coalesce($annotator, annotator)
               AND (kind <> 'judgement' OR scope = coalesce($scope, scope))
               GROUP BY target, annotator ORDER BY target, annotator""",
            {"targets": targets, "annotator": annotator, "scope": scope},
        )
        return [(row.pop("target"), Opinion(**row)) for row in rows]

    def events(
        self, annotator: str | None = None, target: str | None = None, scope: str | None = None
    ) -> tuple[Event, ...]:
        """All events, oldest first, undone ones and undos included: the lossless export."""
        rows = self._records(
            f"""SELECT {FIELDS} FROM event WHERE annotator = coalesce($annotator, annotator)
                AND target = coalesce($target, target) AND scope = coalesce($scope, scope) ORDER BY id""",
            {"annotator": annotator, "target": target, "scope": scope},
        )
        return tuple(Event(**row) for row in rows)

    def current(self, about: str) -> tuple[Event, ...]:
        """What still counts, oldest first, where its target or its scope begins with `about`."""
        rows = self._records(
            f"""SELECT {FIELDS} FROM current WHERE value IS NOT NULL
                AND (starts_with(target, $about) OR starts_with(scope, $about)) ORDER BY id""",
            {"about": about},
        )
        return tuple(Event(**row) for row in rows)

    def export_rows(self) -> list[dict[str, object]]:
        """The current state, one row a person and target, for CSV or JSON lines: who, when, what they say."""
        targets = self._rows("SELECT DISTINCT target FROM current WHERE value IS NOT NULL ORDER BY 1")
        return [{"target": target, **vars(said)} for (target,) in targets for said in self.opinions(target)]

    def close(self) -> None:
        """Close the file, so that another process can open it."""
        with self._lock:
            self._events.connection.close()
            if _OPEN.get(self.path) is self:
                del _OPEN[self.path]

    # ---- parts ----

    def _add(
        self, annotator: str, kind: str, target: str, scope: str, value: str | None, *told: Any
    ) -> Event:
        """`told`: what could be seen, and seconds."""
        new = checked(Event(0, now(), annotator, kind, target, scope, value, None, *told))
        with self._lock:
            self._admit(new.annotator)
            (event,) = self._events.add([new])
        return event

    def _admit(self, name: str) -> None:
        """Raise InputError where somebody may not say anything now."""
        self.moderation.check(name)
        if self._pace is not None:
            self._pace.check(name)

"""What may be kept as a statement: who says it, how long its text is, what makes two the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import IMPORTED, SEEN, Event

__all__ = [
    "LONGEST_NAME",
    "LONGEST_SCOPE",
    "LONGEST_TARGET",
    "LONGEST_TEXT",
    "author",
    "checked",
    "complete",
    "mended",
    "now",
    "person",
    "said",
    "scope_of",
    "seconds_of",
    "seen_of",
    "target_of",
    "text_of",
]

LONGEST_TEXT = 2000
"""Characters of a label or a note."""
LONGEST_NAME = 80
"""Characters of a person's or a source's name."""
LONGEST_TARGET, LONGEST_SCOPE = 100, 200
"""Characters of what a statement is about, and of the circuit that it is for."""
_NAMED = re.compile(r"\w[\w.:@+-]*")


def author(name: str) -> str:
    """A person's or a source's name as it is kept; raises InputError for none, and one that is too long."""
    found = mended(name.strip())
    if not found:
        raise InputError("a judgement needs its author's name; none was given")
    if len(found) > LONGEST_NAME:
        raise InputError(f"the name is {len(found)} characters long; use at most {LONGEST_NAME}")
    return found


def person(name: str) -> str:
    """As `author`; raises InputError also for a name that is a source's."""
    found = author(name)
    if found.casefold().startswith(IMPORTED.strip()):
        raise InputError(
            f"{found!r}: names that begin with “{IMPORTED.strip()}” are those of imported files; "
            "choose another"
        )
    return found


def target_of(target: str) -> str:
    """A feature's, a circuit's or a behaviour's name; raises InputError for anything else, however long."""
    if not target.strip():
        raise InputError("a judgement needs a target, for example resid_2/31; none was given")
    if len(target) > LONGEST_TARGET:
        raise InputError(f"the target is {len(target)} characters long; use at most {LONGEST_TARGET}")
    if "/" in target:
        return str(FeatureRef.parse(target))
    if not _NAMED.fullmatch(target):
        raise InputError(f"{target!r} is no target: name a feature (resid_2/31), a circuit or a behaviour")
    return target


def scope_of(scope: str) -> str:
    """A circuit's name, or nothing; raises InputError for one that is too long or does not print."""
    if len(scope) > LONGEST_SCOPE:
        raise InputError(f"the circuit's name is {len(scope)} characters long; use at most {LONGEST_SCOPE}")
    if not scope.isprintable():
        raise InputError(f"{scope!r} is no circuit's name: it has characters that do not print")
    return scope


def said(event: Event) -> tuple[object, ...]:
    """What tells a statement from others, wherever it is kept."""
    return event.time, event.annotator, event.kind, event.target, event.scope, event.value


def text_of(text: str | None) -> str | None:
    """A label or note as it is kept, None where it is empty; raises InputError for one that is too long."""
    if text is None or not text.strip():
        return None
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text is {len(text)} characters long; use at most {LONGEST_TEXT}")
    return mended(text.strip())


def seen_of(seen: object) -> str | None:
    """What could be seen as it is kept, in the order of `SEEN`; raises InputError for anything else."""
    if seen is None:
        return None
    parts = {part for part in seen.split(",") if part} if isinstance(seen, str) else {ascii(seen)[:80]}
    if unknown := sorted(parts - {*SEEN}):
        raise InputError(f"seen: {unknown[0][:80]!r} is not one of {', '.join(SEEN)}")
    return ",".join(part for part in SEEN if part in parts)


def seconds_of(seconds: object) -> float | None:
    """How long something took, to a tenth; raises InputError for what is no number from 0 on."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e9:
        raise InputError(f"seconds is {ascii(seconds)[:80]}: give a number from 0 on, or null")
    return round(float(seconds), 1)


def checked(event: Event) -> Event:
    """A person's new statement as it is kept; raises InputError for what may not be said."""
    return replace(
        event, annotator=person(event.annotator), target=target_of(event.target), scope=scope_of(event.scope),
        seen=seen_of(event.seen), seconds=seconds_of(event.seconds),
    )  # fmt: skip


def complete(text: object) -> bool:
    """Whether it is a text that can be kept: JSON can also spell halves of characters."""
    return isinstance(text, str) and mended(text) == text


def mended(text: str) -> str:
    """The text with question marks for halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def now() -> datetime:
    """UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)

"""The log of a judgement store: every statement as a line of JSON, on the disk before it is acknowledged.

It lies beside the store, NAME.jsonl beside NAME.duckdb, and may be copied at any time: a line that is not
whole was not acknowledged. `judgements import` reads it as it reads an export.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.formats.judgement_lines import event_of, to_line
from explorer_engine.store.opinions import Event
from explorer_engine.store.rules import said

__all__ = ["JudgementLog", "Logged"]


@dataclass(frozen=True)
class Logged:
    """What a log holds."""

    events: tuple[Event, ...]
    damaged: int
    """Lines that cannot be read, or differ from their checksum; one that ends the file unfinished is none."""
    whole: bool
    """Whether nothing is missing of the last line."""
    ends: bool
    """Whether the last line has an end."""


class JudgementLog:
    """The log of one store; its owner holds the store's lock while it writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._length = 0

    @classmethod
    def of(cls, store: Path) -> JudgementLog:
        """That of a store's file."""
        return cls(store.with_suffix(".jsonl"))

    def append(self, events: Iterable[Event]) -> None:
        """Add statements; they are on the disk when this returns. Raises OSError, and then adds none."""
        content = _lines(events)
        # of a pipe that nobody reads, opening would wait
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o644)
        try:
            self._length = os.fstat(file).st_size
            try:
                while content:
                    content = content[os.write(file, content) :]
                os.fdatasync(file)
            except OSError:
                os.ftruncate(file, self._length)
                raise
        finally:
            os.close(file)

    def take_back(self) -> None:
        """Remove what the last `append` has added: the store did not keep it."""
        os.truncate(self.path, self._length)

    def read(self) -> Logged | None:
        """All that can be read, each statement once; None where there is no log. Raises OSError."""
        if self.path.exists() and not self.path.is_file():
            raise OSError(errno.EINVAL, "is no file", str(self.path))
        try:
            *lines, rest = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        found = [_read(line) for line in lines if line.strip()]
        if (last := _read(rest) if rest else None) is not None:
            found.append(last)
        events = {(event.id, said(event)): event for event in found if event is not None}
        return Logged(tuple(events.values()), found.count(None), not rest or last is not None, not rest)

    def write(self, events: Sequence[Event]) -> None:
        """Put these statements in place of what is there, all or none. Raises OSError."""
        with whole(self.path) as partial, partial.open("wb") as file:
            file.write(_lines(events))
            file.flush()
            os.fsync(file.fileno())


def _lines(events: Iterable[Event]) -> bytes:
    """A line for each, with the checksum of all that stands before it."""
    told = (to_line(event).removesuffix("}") for event in events)
    return "".join(f'{line}, "sum": "{_sum(line)}"}}\n' for line in told).encode()


def _read(line: bytes) -> Event | None:
    """None for a damaged line. Lines of an export have no checksum."""
    try:
        text = line.decode()
        row = json.loads(text)
        before, mark, _ = text.rpartition(', "sum": ')
        if mark and row.get("sum") != _sum(before):
            return None
        return event_of(row)
    except (ValueError, InputError, AttributeError, RecursionError):
        return None


def _sum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"

"""What stages read, by content: hashes of files, which are read again when they changed, and versions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from explorer_engine.files import whole
from precompute.engine.ledger import BOOKKEEPING

__all__ = ["Hashes", "content_hash", "joined_hash"]

_READS = "what "
"""How an entry begins that is not of a file: those begin with `/`."""
_SHA256 = re.compile("[0-9a-f]{64}")


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or over names and contents of all files below a folder in order of name."""
    return Hashes().of(path)


def joined_hash(paths: Sequence[Path]) -> str:
    """`content_hash` of one path; of several, a hash of theirs."""
    found = [content_hash(path) for path in paths]
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


@dataclass
class Hashes:
    """Hash, size and time of change of every file that was hashed, kept in a file of its own if given one."""

    kept: Path | None = None
    known: dict[str, Sequence[object]] = field(default_factory=dict)
    """Path → size, time of change, SHA-256; "what STAGE reads" → the version that it last had."""

    def __post_init__(self) -> None:
        if self.kept is not None and self.kept.is_file():
            with suppress(ValueError, RecursionError):  # damaged: everything is read again
                found = json.loads(self.kept.read_text("utf-8"))
                known = found.items() if isinstance(found, dict) else ()
                self.known = {name: value for name, value in known if _is_sound(name, value)}

    def of(self, path: Path) -> str:
        """As `content_hash`."""
        if path.is_file():
            return self._file(path)
        digest = hashlib.sha256()
        for inner in sorted(p for p in path.rglob("*") if p.is_file()):
            relative = inner.relative_to(path)
            if relative.parts[0] in BOOKKEEPING:
                continue
            digest.update(str(relative).encode())
            digest.update(bytes.fromhex(self._file(inner)))
        return digest.hexdigest()

    def last(self, stage: str, version: str | None) -> object:
        """The version of what a stage reads besides files; where it is None, the last that was given here."""
        name = f"{_READS}{stage} reads"
        if version is not None:
            self.known[name] = (version,)
        return self.known.get(name, (None,))[0]

    def save(self) -> None:
        """Write what is known to its file."""
        if self.kept is not None:
            with whole(self.kept) as partial:
                partial.write_text(json.dumps(self.known))

    def _file(self, path: Path) -> str:
        found, name = path.stat(), str(path.absolute())
        size, changed, known = self.known.get(name, (None, None, None))
        if (size, changed) == (found.st_size, found.st_mtime_ns):
            return str(known)
        with path.open("rb") as file:
            value = hashlib.file_digest(file, "sha256").hexdigest()
        self.known[name] = (found.st_size, found.st_mtime_ns, value)
        return value


def _is_sound(name: str, value: object) -> bool:
    """Whether an entry of the file is one that was written here."""
    if not isinstance(value, list):
        return False
    if name.startswith(_READS):
        return len(value) == 1 and isinstance(value[0], str)
    return len(value) == 3 and isinstance(value[2], str) and _SHA256.fullmatch(value[2]) is not None

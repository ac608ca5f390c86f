"""The judgement stores that this server has open; of one that cannot be written, what can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from time import monotonic

from app.operations import metrics
from explorer_engine.errors import InputError
from explorer_engine.store.adoption import adopt
from explorer_engine.store.judgement_copy import stamp_of
from explorer_engine.store.judgements import JudgementStore

__all__ = ["Kept", "Stores"]

_PATIENCE = 10.0
"""Seconds after which a store that could not be written is tried again."""


class Kept:
    """The store of one file, for all sessions."""

    def __init__(self, path: Path, older: Sequence[Path]) -> None:
        """`older`: files of the same features under older keys."""
        self._path, self._older = path, older
        self._lock = Lock()
        self._store: JudgementStore | None = None
        self._seen = ""
        self._tried = 0.0

    def get(self) -> JudgementStore:
        """The store; where it is closed, `JudgementStore.closed` says why, and it is tried again later."""
        with self._lock:
            store = self._store
            waited = monotonic() - self._tried > _PATIENCE
            if store is None or (store.closed and (waited or not store.readable_only)):
                self._store = store = self._opened(store)
                self._tried = monotonic()
            return store

    def _opened(self, before: JudgementStore | None) -> JudgementStore:
        if before is not None and not before.readable_only:
            before.close()  # DuckDB refuses to go on with it
        try:
            store = JudgementStore(self._path, pace=True)
        except InputError as problem:
            metrics.store_error("judgements")
            seen = self._stamp()
            if before is not None and before.readable_only and seen == self._seen:
                return before
            self._seen = seen
            return JudgementStore(self._path, readable_only=str(problem))
        adopt(store, self._older)
        return store

    def _stamp(self) -> str:
        try:
            return stamp_of(self._path)
        except OSError:
            return ""


class Stores:
    """The stores of all files, each opened once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[Path, tuple[Path, ...]], Kept] = {}

    def get(self, path: Path, older: tuple[Path, ...]) -> JudgementStore:
        """The store of a file, as `Kept.get`."""
        with self._lock:
            kept = self._kept.get((path, older)) or Kept(path, older)
            self._kept[path, older] = kept
        return kept.get()

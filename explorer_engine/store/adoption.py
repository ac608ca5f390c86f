"""Statements kept under an older key of the same features: they are added to the present store, once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.store.judgement_copy import stamp_of
from explorer_engine.store.judgement_rescue import copy_opened
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import Event

__all__ = ["adopt", "gathered"]

_BEHIND = 1 << 40
"""How far the numbers of adopted statements lie below their own: they stand before all that is said here."""


def adopt(store: JudgementStore, older: Sequence[Path]) -> None:
    """Add what the files of older keys hold and `store` does not; they stay as they are.

    An adopted statement has its own time and author, and counts as said before everything under the present
    key: where a person says two things of one target, the present one counts, and both are kept. A file that
    was not changed since is not read again; one that cannot be read is told in `store.notice`.
    """
    for n, path in enumerate(older, start=1):
        if (
            path.resolve() == store.path
            or not (stamp := stamp_of(path))
            or store.has_adopted(path.name, stamp)
        ):
            continue
        try:
            with copy_opened(path) as old:
                store.take_all([_behind(e, n * _BEHIND) for e in old.events()], old.explanations.all())
            store.mark_adopted(path.name, stamp)
        except InputError as problem:
            store.tell(f"what was said under the older key {path.name} is not shown: {problem}")


@contextmanager
def gathered(path: Path, older: Sequence[Path] = ()) -> Iterator[JudgementStore]:
    """All that a file holds, and what files of older keys hold besides, in a store that goes at the end.

    The app may have the files in use. Raises InputError for a file that cannot be read; an older one that
    cannot is told in `notice`.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(JudgementStore(Path(folder) / "all.duckdb")) as store,
    ):
        with copy_opened(path) as kept:
            store.take_all(kept.events(), kept.explanations.all())
        adopt(store, [file for file in older if file != path])
        yield store


def _behind(event: Event, by: int) -> Event:
    return replace(event, id=event.id - by, undoes=None if event.undoes is None else event.undoes - by)

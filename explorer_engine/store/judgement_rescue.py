"""Backups of a judgement store, putting one back, and bringing back what a damaged store still holds.

Whatever is replaced is kept: it is moved into a folder beside the store, NAME.aside-TIME.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.store.event_table import EventTable
from explorer_engine.store.explanations import Explanations
from explorer_engine.store.judgement_copy import copied
from explorer_engine.store.judgement_file import Damaged, Locked, told, wals
from explorer_engine.store.judgement_log import JudgementLog
from explorer_engine.store.judgements import JudgementStore, open_here
from explorer_engine.store.rules import now

__all__ = ["Put", "anything", "backup", "check_there", "copy_opened", "repair", "restore"]


@dataclass(frozen=True)
class Put:
    """What was put in a store's place."""

    n_events: int
    n_explanations: int
    lost: tuple[str, ...]
    """What could not be read, of each part a sentence."""
    aside: Path | None
    """Where what was there before is now."""


@contextmanager
def copy_opened(path: Path) -> Iterator[JudgementStore]:
    """A copy of a store, whole with what its log holds, opened; the store may be in use by another process.

    What this process has open is given as it is. The copy of none is empty. Raises Damaged, naming the store,
    where it cannot be read.
    """
    if (here := open_here(path)) is not None:
        yield here
        return
    try:
        with copied(path) as copy:
            try:
                store = JudgementStore(copy)
            except InputError as problem:
                said = str(problem).replace(str(copy.parent.resolve()), str(path.parent))
                raise type(problem)(said.replace(str(copy.parent), str(path.parent))) from None
            with closing(store):
                yield store
    except OSError as problem:
        raise told(path, problem) from None


def anything(path: Path) -> bool:
    """Whether there is a store, or something left of one."""
    return bool(path.exists() or wals(path) or JudgementLog.of(path).path.exists())


def check_there(path: Path) -> None:
    """Raises InputError where there is no store, nor anything left of one."""
    if not anything(path):
        raise InputError(f"{path}: no judgements there; --world and --judgements name them as for the app")


def backup(path: Path, out: Path) -> tuple[int, int]:
    """Write one file that holds the whole store, also while the app runs: n statements, n explanations.

    The file was opened and read before it gets its name. Raises InputError as `copy_opened`, and where there
    is no store.
    """
    check_there(path)
    with copy_opened(path) as store:
        counts = len(store.events()), store.explanations.n
        if store is open_here(path):
            raise InputError(f"{path}: open in this process; close it first")
        store.close()  # everything is in the one file now
        try:
            with whole(out) as partial:
                shutil.copyfile(store.path, partial)
                with duckdb.connect(str(partial), read_only=True) as written:
                    (n,) = written.execute("SELECT count(*) FROM event").fetchone() or (0,)
            if n != counts[0]:
                raise InputError(f"{out}: holds {n} statements instead of {counts[0]}; make the backup again")
        except (OSError, duckdb.Error) as problem:
            raise told(out, problem) from None
    return counts


def restore(path: Path, saved: Path) -> Put:
    """Put a backup, or a copy of a log, in a store's place. Raises InputError where it cannot be read."""
    if not saved.is_file():
        raise InputError(f"{saved}: no such file; name a backup, or a copy of a log (.jsonl)")
    _check_free(path)
    lost: tuple[str, ...] = ()
    with _new(path) as new:
        if saved.suffix != ".jsonl":
            with copy_opened(saved) as kept:
                new.take_all(kept.events(), kept.explanations.all())
        else:
            logged = JudgementLog(saved).read()
            if logged is None or not logged.events:
                raise InputError(
                    f"{saved}: no statement in it can be read; name a backup, or a copy of a log"
                )
            new.take_all(logged.events)
            if logged.damaged:
                lost = (f"{logged.damaged} lines of {saved.name} are damaged",)
        return _put(path, new, lost)


def repair(path: Path) -> Put:
    """Bring back what a damaged store, its write-ahead log and its log still hold.

    A store that opens is left as it is: opening it has brought it together with its log. Raises Locked where
    another process has it open.
    """
    try:
        with closing(JudgementStore(path)) as store:
            lost = (store.notice,) if store.notice else ()
            return Put(len(store.events()), store.explanations.n, lost, None)
    except Damaged:
        pass
    with copied(path) as copy, _new(path) as new:
        lost = list(_shortened(copy))
        logged = JudgementLog.of(copy).read()
        if not logged:
            lost.append("no log lies beside it, so statements may be missing: compare with a backup")
        elif logged.damaged:
            lost.append(f"{logged.damaged} lines of {JudgementLog.of(path).path.name} are damaged")
        new.take_all(logged.events if logged else ())
        if copy.exists():
            lost += _taken(copy, new)
        return _put(path, new, tuple(lost))


def _check_free(path: Path) -> None:
    """Raise Locked where another process has a store open; whatever else is wrong with it may be."""
    if path.exists():
        try:
            duckdb.connect(str(path), read_only=True).close()
        except duckdb.Error as error:
            if isinstance(problem := told(path, error), Locked):
                raise problem from None


def _shortened(copy: Path) -> Iterator[str]:
    """Cut a copy's write-ahead log where it stops to be readable; says what was cut."""
    if not copy.exists() and (found := wals(copy)):
        yield f"{found[0].name} cannot be read without its store, which is gone"
    while copy.exists() and (found := wals(copy)):
        try:
            duckdb.connect(str(copy)).close()
            return
        except duckdb.Error as problem:
            at = re.search(r"Corrupt WAL file: entry at byte position (\d+)", str(problem))
            size = sum(file.stat().st_size for file in found)
            if at is not None and len(found) == 1 and int(at[1]) < size:
                os.truncate(found[0], int(at[1]))
                yield f"{found[0].name} is damaged from byte {at[1]} of {size} on"
                continue
            for file in found:
                file.unlink()
            yield f"{found[0].name} cannot be read"


def _taken(copy: Path, new: JudgementStore) -> Iterator[str]:
    """Take over all of a store that can be read, else what can be read of each table; says what cannot."""
    try:
        with closing(JudgementStore(copy)) as whole_again:
            new.take_all(whole_again.events(), whole_again.explanations.all())
        return
    except InputError:
        pass
    takes: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {
        "statements": lambda found: new.take_all(EventTable(found, Lock(), None).all()),
        "explanations": lambda found: new.take_all((), Explanations(found, Lock()).all()),
    }
    for part, take in takes.items():
        try:
            with duckdb.connect(str(copy), read_only=True) as found:
                take(found)
        except duckdb.Error as problem:
            yield f"{part} of {copy.name} cannot be read ({str(problem).splitlines()[0][:160]})"


@contextmanager
def _new(path: Path) -> Iterator[JudgementStore]:
    """An empty store in a hidden folder beside `path`, which goes at the end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".judgements-", dir=path.parent) as folder,
            closing(JudgementStore(Path(folder) / path.name)) as store,
        ):
            yield store
    except OSError as problem:
        raise told(path, problem) from None


def _put(path: Path, new: JudgementStore, lost: tuple[str, ...]) -> Put:
    """Put a store in another's place, whose files go aside; a kill on the way loses no file."""
    counts = len(new.events()), new.explanations.n
    new.close()
    log = JudgementLog.of(path).path
    old = [file for file in (*wals(path), path, log) if file.exists()]
    aside = None
    if old:
        aside = path.with_name(f"{path.name}.aside-{now():%Y%m%d-%H%M%S-%f}")
        aside.mkdir()
        for file in old:
            file.rename(aside / file.name)
    new.path.rename(path)
    JudgementLog.of(new.path).path.rename(log)
    return Put(*counts, lost, aside)

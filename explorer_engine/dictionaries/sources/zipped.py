"""A zip file of dictionary_learning's folders, as the paper's Pythia dictionaries are published."""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zipfile import BadZipFile, ZipFile

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.archive import check_archive
from explorer_engine.dictionaries.files.tensors import reason
from explorer_engine.dictionaries.looking import one_each
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.dictionaries.sources.dictionary_learning import describe, folder_of, read
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

T = TypeVar("T")
_NAME = "zip of dictionary_learning"
_PLACE = re.compile(r"(.+\.zip)(?:/\*/(.+?)/?)?", re.DOTALL)


def _example(site: Site) -> str:
    return f"NAME.zip with {folder_of(site)}/10_32768/ae.pt"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    """Paths of members, as if the zip file were a folder; `FILE.zip/*/10_32768` chooses among several."""
    archive, inner = _archive(place)
    if archive is None:
        return {}
    with _opened(archive) as opened:
        names = opened.namelist()
    found = []
    for site in sites:
        form = re.compile(
            rf"(?:.*/)?{folder_of(site)}/{re.escape(inner) if inner else '(?:[^/]+/)?'}/?ae\.pt"
        )
        found += [(site, archive / name) for name in sorted(names) if form.fullmatch(name)]
    return one_each(found, sites)


def _archive(place: str) -> tuple[Path | None, str]:
    """The file that is meant, and which inner folder; a folder with one zip file means that one."""
    if found := _PLACE.fullmatch(place):
        return (file if (file := Path(found[1])).is_file() else None), found[2] or ""
    files = sorted(Path(place).glob("*.zip")) if "*" not in place else []
    if len(files) > 1:
        raise InputError(
            f"{place} holds several zip files ({', '.join(file.name for file in files)}): name one"
        )
    return (files[0] if files else None), ""


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    """Raises InputError for an archive that is damaged, now or while it is read, or not to be trusted."""
    try:
        with ZipFile(file) as archive:
            check_archive(archive, file, compressed=True)
            yield archive
    except InputError:
        raise
    except (
        BadZipFile,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise InputError(f"{file} is damaged ({reason(error)}): download it again") from None


def _in_place(member: Path, do: Callable[[Path], T]) -> T:
    """`do` with a copy of a member and of config.json beside it; afterwards they are on no disk."""
    file = next(parent for parent in member.parents if parent.is_file())
    name = member.relative_to(file).as_posix()
    with TemporaryDirectory() as folder, _opened(file) as archive:
        for wanted in (name, f"{name.rpartition('/')[0]}/config.json"):
            if wanted in archive.namelist():
                with archive.open(wanted) as source, (Path(folder) / Path(wanted).name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        try:
            return do(Path(folder) / member.name)
        except InputError as error:
            raise InputError(str(error).replace(folder, str(member.parent))) from None


def _read(member: Path) -> Dictionary:
    return _in_place(member, read)


def _describe(member: Path) -> Description:
    changed = next(parent for parent in member.parents if parent.is_file()).stat().st_mtime_ns
    return _described(member, changed)


@lru_cache(maxsize=1024)
def _described(member: Path, changed: int) -> Description:
    """Kept, as a member must be unpacked to be looked at."""
    return replace(_in_place(member, describe), layout=_NAME)


def _opens(names: Collection[str]) -> list[str]:
    found = [name for name in names if name.endswith(".zip")]
    return found if len(found) == 1 else []


SOURCE = register_source(Source(_NAME, _example, _find, _read, _describe, opens=_opens))

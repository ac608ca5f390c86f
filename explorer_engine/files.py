"""Files that are read only where they are files, and that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer_engine.errors import InputError

__all__ = ["check_folder", "check_readable", "check_writable", "whole"]


def check_readable(path: Path) -> Path:
    """The same path. Raises InputError for what is no file nor folder: reading from it might never end.

    What is not there is let through: whoever opens it says so.
    """
    kind = _kind(path)
    if kind not in (None, "file", "folder"):
        raise InputError(f"{path}: is a {kind}: name a file")
    return path


def check_writable(path: Path) -> None:
    """Raises InputError for a place of a file to be written where something else than a file stands.

    Through a link, too: nothing is ever written to a device, a pipe or a folder.
    """
    if not path.name:
        raise InputError(f"{path}: is a folder: name a file")
    for place, fit in ((path, (None, "file")), (_partial(path), (None, "file", "folder"))):
        if (kind := _kind(place)) not in fit:
            raise InputError(f"{place}: is a {kind}: name a file")
    if path.is_symlink() and not path.exists():
        raise InputError(f"{path}: is a link to nothing: name a file")


def check_folder(path: Path) -> None:
    """Raises InputError for a place of a folder to be written where something else stands."""
    if (kind := _kind(path)) not in (None, "folder"):
        raise InputError(f"{path}: is a {kind}: name a folder")
    above = next((place for place in path.absolute().parents if os.path.lexists(place)), None)
    if above is not None and not above.is_dir():
        raise InputError(f"{path}: {above} is no folder: name another place")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, renamed at the end: a kill leaves the old file or the new one.

    Raises InputError as `check_writable`.
    """
    check_writable(path)
    partial = _partial(path)
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _kind(path: Path) -> str | None:
    """What a path leads to, in a word; None where it leads nowhere."""
    if "\0" in str(path):
        raise InputError(f"{path}: no name of a file: it holds NUL: correct it")
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}: choose another place") from None
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"

"""Zip archives from strangers: what is looked at before anything of one is read."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from explorer_engine.errors import InputError

__all__ = ["check_archive"]

_DEFLATE = 1032
"""Bytes that one compressed byte can stand for at most."""


def check_archive(archive: ZipFile, file: Path, compressed: bool) -> None:
    """Raises InputError for members outside the archive, links, and sizes that cannot be true.

    Without `compressed` members must be stored as they are.
    """
    room = file.stat().st_size
    for info in archive.infolist():
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in info.filename:
            raise InputError(f"{file}: its member {info.filename} lies outside of it: do not use this file")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputError(f"{file}: its member {info.filename} is a link: do not use this file")
        if info.compress_type not in ({ZIP_STORED, ZIP_DEFLATED} if compressed else {ZIP_STORED}):
            raise InputError(f"{file}: its member {info.filename} is compressed: write it without")
        room -= info.compress_size
        most = info.compress_size * (1 if info.compress_type == ZIP_STORED else _DEFLATE)
        if room < 0 or info.file_size > most:
            raise InputError(
                f"{file}: the size of its member {info.filename} cannot be true: download it again"
            )

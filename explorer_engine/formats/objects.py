"""JSON objects one after another out of a file of lines or of one array, plain or gzip."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable

__all__ = ["read_objects"]

_LONGEST_LINE = 1 << 24
_LARGEST_ARRAY = 1 << 28
"""Bytes, unpacked."""
_GZIP, _MARK = b"\x1f\x8b", b"\xef\xbb\xbf"

Found = tuple[str, dict[str, Any]]
"""Where it stands ("FILE, line 3"), the object."""


def read_objects(file: Path) -> Iterator[Found]:
    """The objects of a file in its order. Raises InputError naming the file and the line for what is none."""
    try:
        with check_readable(file).open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            with gzip.open(raw) if packed else raw as content:
                yield from _objects(file, content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{file} is a damaged gzip file ({error}): fetch it again") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): give an existing file") from None


def _objects(file: Path, content: BufferedIOBase) -> Iterator[Found]:
    number = 0
    while line := content.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise InputError(
                f"{file}, line {number} is longer than {_LONGEST_LINE:,} bytes: expected an object"
            )
        text = line.removeprefix(_MARK).strip() if number == 1 else line.strip()
        if number == 1 and text.startswith(b"["):
            yield from _array(file, text + b"\n" + content.read(_LARGEST_ARRAY + 1))
            return
        if text:
            yield _object(f"{file}, line {number}", text)


def _array(file: Path, text: bytes) -> Iterator[Found]:
    if len(text) > _LARGEST_ARRAY:
        raise InputError(f"{file} is one array of more than {_LARGEST_ARRAY:,} bytes: write an object a line")
    found = _parsed(f"{file}", text)
    for number, value in enumerate(found, 1):
        where = f"{file}, entry {number}"
        if not isinstance(value, dict):
            raise InputError(f"{where} is no object: expected a list of objects")
        yield where, value


def _object(where: str, text: bytes) -> Found:
    value = _parsed(where, text)
    if not isinstance(value, dict):
        raise InputError(f"{where} is no object: expected one a line")
    return where, value


def _parsed(where: str, text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{where} is not UTF-8 text: give a JSON file") from None
    except (ValueError, RecursionError):
        raise InputError(f"{where} is not JSON: expected an object") from None

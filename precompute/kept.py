"""What stages keep for each other in files: arrays and plain values; a damaged one is told as such."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable

__all__ = ["damage_told", "mapped_array", "read_arrays", "read_values"]


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Inside, `path` is read. Raises InputError where it is missing or not as it was written."""
    try:
        yield
    except InputError:
        raise
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError),
        *(BadZipFile, NotImplementedError, OverflowError, zlib.error, MemoryError),
    ) as problem:
        said = f"{type(problem).__name__}: {problem}"[:120]
        raise InputError(
            f"{path}: not as its stage wrote it ({said}): do that stage again, with run --only STAGE"
        ) from None


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name. Raises InputError as `damage_told`."""
    with damage_told(path), np.load(check_readable(path), allow_pickle=False) as found:
        return dict(found)


def mapped_array(path: Path) -> np.ndarray:
    """The array of an `.npy` file, mapped. Raises InputError as `damage_told`."""
    with damage_told(path):
        return np.load(check_readable(path), mmap_mode="r", allow_pickle=False)


def read_values(path: Path) -> Any:
    """What a JSON file holds. Raises InputError as `damage_told`."""
    with damage_told(path):
        return json.loads(check_readable(path).read_text("utf-8"))

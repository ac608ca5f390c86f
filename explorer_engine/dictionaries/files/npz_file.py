"""Archives of numpy, each array mapped: they must be stored as they are, as np.savez does."""

from __future__ import annotations

from math import prod
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import torch
from torch import Tensor

from explorer_engine.dictionaries.files.archive import check_archive
from explorer_engine.dictionaries.files.tensors import TensorFile, reason
from explorer_engine.errors import InputError

__all__ = ["open_npz"]


def open_npz(file: Path) -> TensorFile:
    """The arrays of a file that np.savez wrote.

    Raises InputError for a file that is damaged or compressed, and for arrays of other things than numbers.
    """
    try:
        with ZipFile(file) as archive:
            check_archive(archive, file, compressed=False)
            arrays = {name.removesuffix(".npy"): _mapped(archive, name, file) for name in archive.namelist()}
    except InputError:
        raise
    except (BadZipFile, OSError, ValueError, EOFError, SyntaxError, NotImplementedError) as error:
        raise InputError(f"{file} is no archive of arrays ({reason(error)}): download it again") from None
    shapes = {name: array.shape for name, array in arrays.items()}
    return TensorFile(file, shapes, lambda name: _get(file, name))


def _mapped(archive: ZipFile, name: str, file: Path) -> np.memmap:
    """An array; raises ValueError where its declared size is not that of its bytes."""
    info = archive.getinfo(name)
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, by_column, dtype = read(member)
        head = member.tell()
    if dtype.kind not in "fiu" or prod(shape) * dtype.itemsize != info.file_size - head or not prod(shape):
        raise ValueError(f"{name} is not the array of numbers {shape} that it says")
    with file.open("rb") as opened:
        opened.seek(info.header_offset + 26)  # a member's own header ends with its name and extra fields
        lengths = opened.read(4)
    start = info.header_offset + 30 + sum(int.from_bytes(lengths[i : i + 2], "little") for i in (0, 2)) + head
    return np.memmap(file, dtype, "c", start, shape, "F" if by_column else "C")


def _get(file: Path, name: str) -> Tensor:
    with ZipFile(file) as archive:
        array = _mapped(archive, f"{name}.npy", file)
    return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), copy=False))

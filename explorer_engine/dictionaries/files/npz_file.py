"""Archives of numpy, read one array at a time."""

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
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            shapes = {name: _shape(archive, name) for name in names}
    except InputError:
        raise
    except (BadZipFile, OSError, ValueError, KeyError, SyntaxError, NotImplementedError) as error:
        raise InputError(f"{file} is no archive of arrays ({reason(error)}): download it again") from None
    return TensorFile(file, shapes, lambda name: _get(file, name))


def _shape(archive: ZipFile, name: str) -> tuple[int, ...]:
    """The shape of an array; raises ValueError where its declared size is not that of its bytes."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(member)
        if dtype.kind not in "fiu" or prod(shape) * dtype.itemsize != info.file_size - member.tell():
            raise ValueError(f"{name} is not the array of numbers {shape} that it says")
    return shape


def _get(file: Path, name: str) -> Tensor:
    try:
        with ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
    except (BadZipFile, OSError, ValueError, EOFError) as error:
        raise InputError(f"{file} cannot be read at {name} ({reason(error)}): download it again") from None
    return torch.from_numpy(np.ascontiguousarray(array, array.dtype.newbyteorder("=")))

"""What torch.save wrote: tensors by name and plain values, mapped; nothing else is unpickled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor

from explorer_engine.dictionaries.files.archive import check_archive
from explorer_engine.dictionaries.files.tensors import TensorFile, reason
from explorer_engine.errors import InputError

__all__ = ["check_plain", "open_torch"]


def open_torch(file: Path) -> TensorFile:
    """The tensors of a state dict; `values` are its other entries.

    Raises InputError for a file that is damaged, not of the zip form that torch writes since 1.6, or holds
    something else than named tensors and plain values.
    """
    state = _load(file)
    if not isinstance(state, Mapping) or not all(isinstance(name, str) for name in state):
        raise InputError(
            f"{file} holds something else than named tensors: expected a dictionary's state dict"
        )
    shapes = {name: tuple(value.shape) for name, value in state.items() if isinstance(value, Tensor)}
    for name in shapes:
        check_plain(state[name], name, file)
    values = {name: value for name, value in state.items() if name not in shapes}
    return TensorFile(file, shapes, lambda name: _load(file)[name].detach(), values)


def _load(file: Path) -> Any:
    try:
        with ZipFile(file) as archive:
            check_archive(archive, file, compressed=False)
        return torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except InputError:
        raise
    except Exception as error:  # what a stranger's pickle can raise has no end
        raise InputError(f"{file} is not a plain state dict ({reason(error)}): download it again") from None


def check_plain(tensor: Tensor, name: str, file: Path) -> None:
    """Raises InputError for a tensor that is more than its bytes in the file: sparse, or expanded."""
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
    if not plain or math.prod(tensor.shape) * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise InputError(f"{file}: {name} is not a plain tensor: write it again as one")

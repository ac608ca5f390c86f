"""Safetensors files, mapped: what is not touched is not read."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer_engine.dictionaries.files.tensors import TensorFile, reason
from explorer_engine.errors import InputError

__all__ = ["open_safetensors"]


def open_safetensors(file: Path) -> TensorFile:
    """The tensors of a file; `values` are its metadata. Raises InputError for one that cannot be read."""
    try:
        with safe_open(file, framework="pt") as opened:
            shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
            return TensorFile(file, shapes, lambda name: _get(file, name), opened.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} cannot be read ({reason(error)}): write it again") from None


def _get(file: Path, name: str) -> Tensor:
    with safe_open(file, framework="pt") as opened:
        return opened.get_tensor(name)

"""Named tensors of a file, each read when it is asked for: none is in memory longer than it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer_engine.errors import InputError

__all__ = ["TensorFile", "read_as", "reason"]

_REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_PIECES = 64
"""A matrix is copied in so many parts: no more of the file than that is mapped beside the result."""


_ASKED: ContextVar[torch.dtype | None] = ContextVar("number type asked for", default=None)


@contextmanager
def read_as(dtype: torch.dtype | None) -> Iterator[None]:
    """Matrices read inside have this number type, and are never in memory in another.

    Vectors, and matrices that a layout computes with, keep the file's where that is wider.
    """
    token = _ASKED.set(dtype)
    try:
        yield
    finally:
        _ASKED.reset(token)


def reason(error: Exception) -> str:
    """What a library says of a file, in one short line."""
    return (" ".join(str(error).split()) or type(error).__name__)[:200]


@dataclass(frozen=True, eq=False)
class TensorFile(Mapping[str, Tensor]):
    """The tensors of one file, mapped or read anew by each look."""

    file: Path
    shapes: Mapping[str, tuple[int, ...]]
    """Of every tensor, by name."""
    get: Callable[[str], Tensor]
    """Reads one, on the CPU."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the file holds besides tensors."""

    def __getitem__(self, name: str) -> Tensor:
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def shape(self, name: str) -> tuple[int, int]:
        """Rows and columns of a matrix. Raises InputError where it is missing or none."""
        match self.shapes.get(name):
            case (rows, columns) if rows and columns:
                return rows, columns
            case found:
                what = "is missing" if found is None else f"has the shape {found}"
                raise InputError(f"{self.file}: {name} {what}, expected a matrix: download it again")

    def matrix(
        self,
        name: str,
        transposed: bool = False,
        spare: int = 0,
        exact: bool = False,
        times: Tensor | None = None,
        over: Tensor | None = None,
    ) -> Tensor:
        """A matrix with rows one after another in memory, as it is in the file or transposed.

        With `spare` rows at its end whose values are not yet set; rows multiplied by `times` [rows] or
        divided by `over`, before they are rounded to what `read_as` asks for; `exact`: not narrower than in
        the file. Mapped, and not to be written to, where nothing of this asks for a copy. Raises InputError
        where it is none.
        """
        rows, columns = self.shape(name)
        own = self._real(name).dtype
        dtype = _wider(own) if exact else _ASKED.get() or own
        if not (transposed or spare or exact or dtype != own) and times is over is None:
            return self._real(name).contiguous()
        width = rows if transposed else columns
        out = torch.empty((columns if transposed else rows) + spare, width, dtype=dtype)
        for place, part in self._pieces(name):
            piece = part.T if transposed else part
            if times is not None:
                piece = piece * (times if transposed else times[place])[:, None]
            if over is not None:
                piece = piece / (over if transposed else over[place])[:, None]
            out[(slice(columns), place) if transposed else place] = piece
        return out

    def lengths(self, name: str, transposed: bool = False) -> Tensor:
        """Lengths of the rows of `matrix`, in its number type or the wider of the file's."""
        rows, columns = self.shape(name)
        out = torch.zeros(columns if transposed else rows, dtype=torch.float64)
        for place, part in self._pieces(name):
            squares = part.double().square()
            if transposed:
                out += squares.sum(0)
            else:
                out[place] = squares.sum(1)
        return out.sqrt().to(_wider(self._real(name).dtype))

    def _pieces(self, name: str) -> Iterator[tuple[slice, Tensor]]:
        """A matrix a few rows at a time: where they are, and they."""
        rows, _ = self.shape(name)
        step = -(-rows // _PIECES)
        for start in range(0, rows, step):
            place = slice(start, min(start + step, rows))
            yield place, self[name][place]

    def vector(self, name: str, length: int) -> Tensor:
        """A tensor [length]. Raises InputError where it is missing or of another shape."""
        if self.shapes.get(name) != (length,):
            found = self.shapes.get(name, "nothing")
            raise InputError(
                f"{self.file}: {name} has the shape {found}, expected ({length},): download it again"
            )
        tensor = self._real(name)
        return tensor.to(_wider(tensor.dtype))

    def tensors(self) -> dict[str, Tensor]:
        """All, by name. Raises InputError where one holds no real numbers."""
        return {
            name: self.matrix(name) if len(shape) == 2 else self.vector(name, *shape)
            for name, shape in self.shapes.items()
        }

    def number(self, name: str) -> float:
        """A tensor of one number. Raises InputError where it is missing or holds several."""
        if prod(self.shapes.get(name, (0,))) != 1:
            raise InputError(f"{self.file}: {name} is not one number: download it again")
        return float(self[name].reshape(()))

    def _real(self, name: str) -> Tensor:
        tensor = self[name]
        if tensor.dtype not in _REAL:
            raise InputError(
                f"{self.file}: {name} holds {tensor.dtype}, expected real numbers: write it again"
            )
        return tensor


def _wider(dtype: torch.dtype) -> torch.dtype:
    asked = _ASKED.get()
    return dtype if asked is None else torch.promote_types(dtype, asked)

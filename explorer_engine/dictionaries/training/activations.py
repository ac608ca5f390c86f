"""Activations to train dictionaries on, computed a buffer at a time."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["Buffers", "SiteActivations", "Windows"]

_BATCH = 100
"""Windows in one forward pass."""


class Windows(Protocol):
    """Prompts of one length without padding, wherever they lie."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Examples: ...


class Buffers(Protocol):
    """Values of a site in pieces [n,d], each made when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, piece: int, /) -> Tensor: ...


class SiteActivations:
    """The activations of one site as buffers in half precision, on the model's device."""

    def __init__(
        self,
        model: LanguageModel,
        site: Site,
        windows: Windows,
        options: TrainingOptions,
        progress: Progress | None = None,
    ) -> None:
        """Of the first `options.windows` windows, at most `options.buffer` tokens in a buffer."""
        self._model, self._site, self._windows, self._progress = model, site, windows, progress
        self._n, self._most = min(len(windows), options.windows), max(1, options.buffer // windows[:1].length)

    def __len__(self) -> int:
        return -(-self._n // self._most)

    def __getitem__(self, piece: int, /) -> Tensor:
        """[n,d] of the piece's windows, all pieces of about one size.

        Raises InputError for a value that half precision cannot hold.
        """
        windows = self._windows[piece * self._n // len(self) : (piece + 1) * self._n // len(self)]
        model, site, length = self._model, self._site, windows.length
        values = torch.empty(
            len(windows) * length, model.width(site), dtype=torch.float16, device=model.device
        )
        for start in told(range(0, len(windows), _BATCH), self._progress, f"activations {site}"):
            batch = windows[start : start + _BATCH]
            rows = slice(start * length, (start + len(batch)) * length)
            values[rows] = model.activations(batch.tokens, batch.mask, [site])[site].flatten(0, 1)
            if not bool(values[rows].isfinite().all()):
                raise InputError(
                    f"{site}: a value does not fit half precision: take dictionaries that are found somewhere"
                )
        return values

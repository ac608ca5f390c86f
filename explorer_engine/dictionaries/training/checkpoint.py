"""What an unfinished training is kept as: one file of tensors, replaced every so often."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from explorer_engine.files import whole

__all__ = ["Checkpoint"]

SAVED_EVERY = 60.0
"""Seconds between two states: what a kill loses at most."""


class Checkpoint:
    """The file of one training; of another training's nothing is read."""

    def __init__(self, path: Path, training: str) -> None:
        """`training` is all that decides it, in words."""
        self._path, self._training, self._saved = path, training, time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= SAVED_EVERY

    def save(self, state: Mapping[str, Tensor]) -> None:
        """Replace what is kept."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with whole(self._path) as partial:
            save_file(dict(state), partial, metadata={"training": self._training})
        self._saved = time.monotonic()

    def load(self) -> dict[str, Tensor] | None:
        """What was saved last; None where nothing of this training is kept."""
        if not self._path.exists():
            return None
        with safe_open(self._path, framework="pt") as opened:
            if (opened.metadata() or {}).get("training") != self._training:
                return None
            return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (not a mapping)

"""Whether all numbers of a large tensor are finite, some rows at a time: as a whole that takes it twice."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["all_finite"]

_ROWS = 1024


def all_finite(values: Tensor) -> bool:
    """Whether a tensor of any shape holds neither NaN nor Inf."""
    return all(bool(torch.isfinite(rows).all()) for rows in torch.atleast_1d(values).split(_ROWS))

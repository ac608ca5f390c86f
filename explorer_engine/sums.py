"""The type in which many numbers are added."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["precise"]


def precise(values: Tensor) -> Tensor:
    """The same values in float32 at least: what is added up, or what it is added to.

    A sum in bfloat16 soon stops to grow, as it keeps eight bits: from 256 on, adding 1 changes nothing.
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))

"""Decoder rows of length 1 through an optimiser's steps (the paper's App. B.1)."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["keep_length", "take_along"]


@torch.no_grad()
def take_along(rows: Tensor) -> None:
    """Take from the gradient of `rows` [F,d], of length 1 each, what would only change their lengths."""
    assert rows.grad is not None
    rows.grad -= (rows.grad * rows).sum(1, keepdim=True) * rows


@torch.no_grad()
def keep_length(rows: Tensor) -> None:
    """Give each of `rows` [F,d] length 1 again."""
    rows /= rows.norm(dim=1, keepdim=True)

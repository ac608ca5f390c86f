"""An optimiser step that leaves every feature's direction with length 1 (the paper's App. B.1)."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["step_on_sphere"]


@torch.no_grad()
def step_on_sphere(optimiser: torch.optim.Optimizer, directions: Tensor) -> None:
    """Take the optimiser's step; `directions` [F,d], among its parameters, stay on the unit sphere."""
    grad = directions.grad
    assert grad is not None
    grad -= (grad * directions).sum(1, keepdim=True) * directions
    optimiser.step()
    directions /= directions.norm(dim=1, keepdim=True)

"""The classifier itself: logistic regression on pooled activations (the paper, App. E.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from explorer_engine.errors import InputError

__all__ = ["Probe", "train_probe"]


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear probe: logit of the positive class = weight · pooled + bias."""

    weight: Tensor
    """[d]"""
    bias: float

    def __call__(self, pooled: Tensor) -> Tensor:
        """Logits [N] of pooled activations [N,d]."""
        return pooled @ self.weight.to(pooled) + self.bias


def train_probe(
    pooled: Tensor, label: Tensor, *, seed: int = 0, lr: float = 1e-2, batch: int = 64, epochs: int = 1
) -> Probe:
    """Logistic regression of `label` [N] (0 or 1) on `pooled` [N,d] by AdamW, reproducible by `seed`.

    The paper's settings: learning rate 1e-2, one epoch. Raises InputError where only one class occurs.
    """
    if label.min() == label.max():
        raise InputError("probe: all training texts have the same label: give texts of both classes")
    random = torch.Generator().manual_seed(seed)
    bound = pooled.shape[1] ** -0.5
    start = torch.rand(pooled.shape[1] + 1, generator=random) * 2 * bound - bound
    weight = start[:-1].to(pooled).requires_grad_()
    bias = start[-1].to(pooled).requires_grad_()
    optimiser = torch.optim.AdamW([weight, bias], lr=lr)
    target = label.to(pooled)
    for _ in range(epochs):
        for rows in torch.randperm(len(pooled), generator=random).split(batch):
            with torch.enable_grad():
                loss = binary_cross_entropy_with_logits(pooled[rows] @ weight + bias, target[rows])
                weight.grad, bias.grad = torch.autograd.grad(loss, [weight, bias])
            optimiser.step()
    return Probe(weight.detach(), float(bias.detach()))

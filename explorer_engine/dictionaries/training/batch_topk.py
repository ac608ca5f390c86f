"""BatchTopK dictionaries: of each batch the k·B largest activations are kept (Bussmann et al. 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.training.sparse import SparseLearner

__all__ = ["BatchTopKLearner"]

_AVERAGED = 0.02
"""Weight of a batch in the running threshold."""


class BatchTopKLearner(SparseLearner):
    """The largest of the whole batch, and the threshold that does the same for any token."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.threshold = 0.0
        """The smallest kept activation, averaged over batches."""

    def _kept(self, z: Tensor, active: float) -> tuple[Tensor, Tensor]:
        n_features, n = z.shape[1], min(round(active * len(z)), z.numel())
        z = z.flatten()
        likely = (z > 0.5 * self.threshold).nonzero().squeeze(1)
        if len(likely) < n:
            likely = torch.arange(len(z), device=z.device)
        best = likely[z[likely].topk(n, sorted=False).indices]
        return best // n_features, best % n_features

    def _after(self, step: int, z: Tensor) -> None:
        weight = max(_AVERAGED, 1 / (step + 1)) if self.options.warmed(step) == 1 else 1.0
        self.threshold += weight * (max(float(z.min()), 0.0) - self.threshold)

    def state(self) -> dict[str, Tensor]:
        """As Learner.state."""
        return super().state() | {"threshold": torch.tensor(self.threshold, dtype=torch.float64)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """As Learner.load_state."""
        super().load_state(state)
        self.threshold = float(state["threshold"])

    def result(self, mean: Tensor, scale: float) -> JumpReluDictionary:
        """As Learner.result."""
        threshold = torch.full_like(self.encoder_bias.detach(), self.threshold / scale)
        return JumpReluDictionary(**self._tensors(mean, scale), threshold=threshold, tied=True)

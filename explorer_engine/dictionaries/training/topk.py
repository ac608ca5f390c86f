"""TopK dictionaries: of each token the k largest activations are kept (Gao et al. 2024)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer_engine.dictionaries.kinds.topk import TopKDictionary
from explorer_engine.dictionaries.training.sparse import SparseLearner

__all__ = ["TopKLearner"]


class TopKLearner(SparseLearner):
    """The k largest of each token."""

    def _kept(self, z: Tensor, active: float) -> tuple[Tensor, Tensor]:
        k = min(math.ceil(active), z.shape[1])
        feature = z.topk(k, dim=1, sorted=False).indices.flatten()
        return torch.arange(len(z), device=z.device).repeat_interleave(k), feature

    def result(self, mean: Tensor, scale: float) -> TopKDictionary:
        """As Learner.result."""
        return TopKDictionary(**self._tensors(mean, scale), k=math.ceil(self.options.active_at(self.site)))

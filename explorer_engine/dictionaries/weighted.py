"""Weighted sums of the rows of a matrix, without gathering the rows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["weighted_rows"]


def weighted_rows(matrix: Tensor, token: Tensor, row: Tensor, weight: Tensor, n_tokens: int) -> Tensor:
    """[n_tokens,d]: for each token the sum of weight · matrix[row] over its entries (sorted by token)."""
    starts = torch.searchsorted(token.contiguous(), torch.arange(n_tokens, device=token.device))
    return functional.embedding_bag(
        row, matrix, starts, mode="sum", per_sample_weights=weight.to(matrix.dtype)
    )

"""Weighted sums of the rows of a matrix, and products with them, without gathering the rows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["row_products", "weighted_rows"]


def weighted_rows(matrix: Tensor, token: Tensor, row: Tensor, weight: Tensor, n_tokens: int) -> Tensor:
    """[n_tokens,d]: for each token the sum of weight · matrix[row] over its entries (sorted by token)."""
    starts = torch.searchsorted(token.contiguous(), torch.arange(n_tokens, device=token.device))
    return functional.embedding_bag(
        row, matrix, starts, mode="sum", per_sample_weights=weight.to(matrix.dtype)
    )


def row_products(matrix: Tensor, values: Tensor, token: Tensor, row: Tensor) -> Tensor:
    """[n]: matrix[row] · values[token] of each entry (token, row) [n], sorted by token, of `values` [T,d]."""
    # the derivative of a weighted sum of rows by its weights is what is wanted
    with torch.enable_grad():
        weight = values.new_zeros(len(token), requires_grad=True)
        sums = weighted_rows(matrix, token, row, weight, len(values))
        return torch.autograd.grad(sums, weight, values)[0]

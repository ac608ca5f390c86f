"""Statistics of a dictionary's features while documents stream by: memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["Best", "RunningHistogram"]

_FEATURES_AT_ONCE = 4096


class Best:
    """For each of F features the k entries with the largest keys seen so far, each with what belongs to it.

    With the activation as key these are the strongest places; with a random number as key, a uniform sample
    of all entries offered.
    """

    def __init__(self, n_features: int, k: int, window: int, device: torch.device | str = "cpu") -> None:
        self.key = torch.full((n_features, k), -torch.inf, device=device)
        """[F,k] largest first; −inf = none yet."""
        self.value = torch.zeros(n_features, k, device=device)
        """[F,k] activations."""
        self.place = torch.full((n_features, k), -1, dtype=torch.long, device=device)
        """[F,k] whatever number names the place."""
        self.strip = torch.zeros(n_features, k, window, dtype=torch.float16, device=device)
        """[F,k,W] activations around the place."""

    def wanted(self, feature: Tensor, key: Tensor) -> Tensor:
        """[n] whether entries with these keys would be among their feature's best."""
        return key > self.key[feature, -1]

    def offer(
        self, feature: Tensor, key: Tensor, value: Tensor, place: Tensor, strips: Callable[[Tensor], Tensor]
    ) -> None:
        """Take in entries, all [n]; `strips` gives the surroundings [m,W] of entries by their numbers."""
        if not len(key):
            return
        order = torch.argsort(key, descending=True)
        order = order[torch.argsort(feature[order], stable=True)]
        unique, counts = torch.unique_consecutive(feature[order], return_counts=True)
        group = torch.repeat_interleave(torch.arange(len(unique), device=feature.device), counts)
        rank = torch.arange(len(order), device=feature.device) - (counts.cumsum(0) - counts)[group]
        kept = rank < self.key.shape[1]
        order, group, rank = order[kept], group[kept], rank[kept]
        for start in range(0, len(unique), _FEATURES_AT_ONCE):
            here = (group >= start) & (group < start + _FEATURES_AT_ONCE)
            own = order[here]
            self._merge(
                unique[start : start + _FEATURES_AT_ONCE],
                (group[here] - start, rank[here]),
                key[own],
                value[own],
                place[own],
                strips(own),
            )

    def _merge(
        self,
        features: Tensor,
        at: tuple[Tensor, Tensor],
        key: Tensor,
        value: Tensor,
        place: Tensor,
        strip: Tensor,
    ) -> None:
        """Merge new entries, at [row of `features`, rank], with the rows held."""
        k = self.key.shape[1]

        def beside(held: Tensor, new: Tensor, empty: float) -> Tensor:
            table = torch.full_like(held[features], empty)
            table[at] = new.to(held.dtype)
            return torch.cat([held[features], table], dim=1)

        keys, best = beside(self.key, key, -torch.inf).topk(k, dim=1)
        self.key[features] = keys
        self.value[features] = beside(self.value, value, 0).gather(1, best)
        self.place[features] = beside(self.place, place, -1).gather(1, best)
        wide = best.unsqueeze(-1).expand(-1, -1, self.strip.shape[-1])
        self.strip[features] = beside(self.strip, strip, 0).gather(1, wide)


class RunningHistogram:
    """Counts of F features' positive values in fine equal bins of (0, scale]; the scale doubles when it must.

    Doubling merges pairs of bins exactly, so the counts never depend on the order of the values.
    """

    def __init__(self, n_features: int, fine: int = 256, device: torch.device | str = "cpu") -> None:
        """`fine`: number of fine bins, a power of two."""
        self.count = torch.zeros(n_features, fine, dtype=torch.long, device=device)
        """[F,fine]"""
        self.scale = torch.zeros(n_features, device=device)
        """[F] upper end of the last bin, a power of two; 0 before the first value."""
        self.maximum = torch.zeros(n_features, device=device)
        """[F] largest value seen."""

    def add(self, feature: Tensor, value: Tensor) -> None:
        """Count values [n] > 0 of the features [n]."""
        self.maximum.scatter_reduce_(0, feature, value.to(self.maximum.dtype), "amax")
        self._grow()
        fine = self.count.shape[1]
        bins = (value / self.scale[feature] * fine).ceil().long().clamp(1, fine) - 1
        self.count.view(-1).index_add_(0, feature * fine + bins, torch.ones_like(bins))

    def _grow(self) -> None:
        small = (self.maximum > self.scale).nonzero().squeeze(1)
        if not len(small):
            return
        fine = self.count.shape[1]
        new = torch.exp2(self.maximum[small].log2().ceil())
        new = torch.where(new < self.maximum[small], 2 * new, new)  # log2 of a float can round down
        fold = torch.where(self.scale[small] > 0, new / self.scale[small], 1).log2().round().long()
        target = torch.arange(fine, device=new.device) >> fold.clamp(max=62).unsqueeze(1)
        merged = torch.zeros_like(self.count[small]).scatter_add_(1, target, self.count[small])
        self.count[small], self.scale[small] = merged, new

    def binned(self, n_bins: int) -> Tensor:
        """[F,n_bins] counts in equal bins of (0, maximum]; a fine bin across an edge is shared out."""
        share = torch.where(self.scale > 0, self.maximum / self.scale.clamp_min(1e-30), 0)
        edges = torch.arange(1, n_bins + 1, device=share.device) / n_bins * share.unsqueeze(1)
        below = self._below(edges)
        below[:, -1] = self.count.sum(1).to(below.dtype)
        whole = below.round()
        return torch.diff(whole, dim=1, prepend=torch.zeros_like(whole[:, :1])).long()

    def quantiles(self, shares: tuple[float, ...]) -> Tensor:
        """[F,n] values below which these shares of the counted values lie, to the width of a fine bin."""
        total = self.count.sum(1, keepdim=True)
        running = self.count.cumsum(1)
        fine = self.count.shape[1]
        columns = [(running < share * total).sum(1).clamp(max=fine - 1) + 1 for share in shares]
        return torch.stack(columns, dim=1) / fine * self.scale.unsqueeze(1)

    def _below(self, edges: Tensor) -> Tensor:
        """[F,n] how many values lie below edges given as shares of the scale, linear inside a fine bin."""
        fine = self.count.shape[1]
        running = torch.nn.functional.pad(self.count.cumsum(1).double(), (1, 0))
        at = (edges.double() * fine).clamp(0, fine)
        left = at.floor().long().clamp(max=fine - 1)
        low, high = running.gather(1, left), running.gather(1, left + 1)
        return low + (at - left) * (high - low)

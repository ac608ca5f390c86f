"""Statistics of a dictionary's features while documents stream by: memory does not grow with the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

__all__ = ["Best", "Entries", "RunningHistogram"]


@dataclass(frozen=True, eq=False)
class Entries:
    """For each of F features k entries, fewer where a place is −1."""

    value: np.ndarray
    """[F,k] activations."""
    place: np.ndarray
    """[F,k] whatever number names the place."""
    strip: np.ndarray
    """[F,k,W] activations around the place."""


class Best:
    """For each of F features the k entries with the largest keys seen so far, each with what belongs to it.

    With the activation as key these are the strongest places; with a random number as key, a uniform sample
    of all entries offered. Of equal keys the first offered stays. Entries lie in no order.
    """

    def __init__(self, n_features: int, k: int, window: int, device: torch.device | str = "cpu") -> None:
        self.key = torch.full((n_features, k), -torch.inf, device=device)
        """[F,k]"""
        self.value = torch.zeros(n_features, k, device=device)
        """[F,k] activations."""
        self.place = torch.full((n_features, k), -1, dtype=torch.long, device=device)
        """[F,k] whatever number names the place; −1 = none yet."""
        self.strip = torch.zeros(n_features, k, window, dtype=torch.float16, device=device)
        """[F,k,W] activations around the place."""
        self.size = torch.zeros(n_features, dtype=torch.long, device=device)
        """[F] entries so far, at most k."""
        self.least = torch.full((n_features,), -torch.inf, device=device)
        """[F] smallest key of the features that have k."""

    def offer(self, feature: Tensor, key: Tensor, value: Tensor, place: Tensor, strip: Tensor) -> None:
        """Take in entries, all [n], their surroundings [n,W]."""
        k, entries = self.key.shape[1], (key, value, place, strip)
        which = (key > self.least[feature]).nonzero().squeeze(1)
        which = which[torch.argsort(feature[which].int(), stable=True)]
        own = feature[which]
        slot = self.size[own] + _rank(own)
        fits = slot < k
        filled = own[fits]
        self._put(filled, slot[fits], which[fits], entries)
        self.size.index_add_(0, filled, torch.ones_like(filled))
        full = filled[self.size[filled] == k].unique_consecutive()
        self.least[full] = self.key[full].amin(1)
        over, own = which[~fits], own[~fits]
        larger = key[over] > self.least[own]
        if bool(larger.any()):
            self._replace(over[larger], own[larger], entries)

    def _replace(self, which: Tensor, feature: Tensor, entries: tuple[Tensor, ...]) -> None:
        """Take in some of the entries, those of features that have k: a larger one for each smaller."""
        k, key = self.key.shape[1], entries[0][which]
        order = torch.argsort(key, descending=True, stable=True)
        order = order[torch.argsort(feature[order].int(), stable=True)]
        rank = _rank(feature[order])
        order, rank = order[rank < k], rank[rank < k]
        full, row = torch.unique_consecutive(feature[order], return_inverse=True)
        table = self.key.new_full((len(full), k + int(rank.max()) + 1), -torch.inf)
        table[:, :k] = self.key[full]
        table[row, k + rank] = key[order]
        last = table.topk(k, dim=1).values[:, -1:]
        stays = table >= last
        if len(much := (stays.sum(1) > k).nonzero().squeeze(1)):
            larger, tied = table[much] > last[much], table[much] == last[much]
            turn = torch.arange(table.shape[1], device=key.device).repeat(len(much), 1)
            turn[:, :k] = self.place[full[much]].argsort(1)
            first = tied.gather(1, turn).cumsum(1) <= k - larger.sum(1, keepdim=True)
            stays[much] = larger | tied & torch.zeros_like(tied).scatter_(1, turn, first)
        leaving, slot = (~stays[:, :k]).nonzero(as_tuple=True)  # in a row as many as come, both row by row
        self._put(full[leaving], slot, which[order[stays[row, k + rank]]], entries)
        self.least[full] = last.squeeze(1)

    def _put(self, feature: Tensor, slot: Tensor, which: Tensor, entries: tuple[Tensor, ...]) -> None:
        at = feature * self.key.shape[1] + slot
        for held, new in zip((self.key, self.value, self.place, self.strip), entries, strict=True):
            held.flatten(0, 1)[at] = new[which].to(held.dtype)

    def sorted(self, by: Tensor) -> Entries:
        """All entries, those with the largest `by` [F,k] first, of equal ones the first place."""
        order = torch.argsort(self.place, dim=1)
        by = by.masked_fill(self.place < 0, -torch.inf).gather(1, order)
        order = order.gather(1, torch.argsort(by, dim=1, descending=True, stable=True))
        wide = order.unsqueeze(-1).expand(-1, -1, self.strip.shape[-1])
        parts = self.value.gather(1, order), self.place.gather(1, order), self.strip.gather(1, wide)
        return Entries(*(part.cpu().numpy() for part in parts))


def _rank(group: Tensor) -> Tensor:
    """[n]: how many of the same group stand before each entry; a group's entries stand together."""
    counts = torch.unique_consecutive(group, return_counts=True)[1]
    begin = torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    return torch.arange(len(group), device=group.device) - begin


class RunningHistogram:
    """Counts of F features' positive values in fine equal bins of (0, scale]; the scale doubles when it must.

    Doubling merges pairs of bins exactly, so the counts never depend on the order of the values.
    """

    def __init__(self, n_features: int, fine: int = 256, device: torch.device | str = "cpu") -> None:
        """`fine`: number of fine bins, a power of two."""
        self.count = torch.zeros(n_features, fine, dtype=torch.int32, device=device)
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
        self.count.view(-1).index_add_(0, feature * fine + bins, torch.ones_like(bins, dtype=torch.int32))

    def _grow(self) -> None:
        first = ((self.scale == 0) & (self.maximum > 0)).nonzero().squeeze(1)
        self.scale[first] = torch.exp2(self.maximum[first].log2().ceil())
        while len(small := (self.maximum > self.scale).nonzero().squeeze(1)):  # log2 can round down, too
            pairs = self.count[small].unflatten(1, (-1, 2))
            merged = pairs[..., 0] + pairs[..., 1]
            self.count[small] = torch.cat([merged, torch.zeros_like(merged)], dim=1)
            self.scale[small] *= 2

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

"""Averaging effects over examples (App. A.2) and choosing the nodes whose average passes a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer_engine.attribution.choices import Aggregation
from explorer_engine.attribution.nodes import NodeEffects
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.sums import precise

__all__ = ["AverageEffects", "EffectSums", "SiteNodes"]


@dataclass(frozen=True, eq=False)
class SiteNodes:
    """Nodes of one site, ordered by position and feature; feature F (one past the last) is the error."""

    feature: Tensor
    """[n]"""
    position: Tensor | None
    """[n]; None when positions are summed"""

    def __len__(self) -> int:
        return len(self.feature)


@dataclass(frozen=True, eq=False)
class AverageEffects:
    """Average effect of every node over all examples."""

    tables: Mapping[Site, Tensor]
    """[P,F+1] by site: P = positions (`none`) or 1 (`sum`); the last column is the error's."""
    has_error: Mapping[Site, bool]
    aggregation: Aggregation
    n_examples: int

    def summed(self) -> AverageEffects:
        """The same with positions summed, as aggregation `sum` gives it."""
        tables = {site: table.sum(0, keepdim=True) for site, table in self.tables.items()}
        return replace(self, tables=tables, aggregation="sum")

    def nodes(self, threshold: float) -> dict[Site, SiteNodes]:
        """At each site, the nodes with |average effect| > threshold."""
        if not threshold >= 0:
            raise InputError(f"node threshold {threshold}: must be 0 or more")
        found = {}
        for site, table in self.tables.items():
            position, feature = (table.abs() > threshold).nonzero(as_tuple=True)
            found[site] = SiteNodes(feature, None if self.aggregation == "sum" else position)
        return found

    def effect(self, site: Site, nodes: SiteNodes) -> Tensor:
        """[n] average effects of some nodes of a site."""
        table = self.tables[site]
        return table[0, nodes.feature] if nodes.position is None else table[nodes.position, nodes.feature]

    def count(self, threshold: float) -> int:
        """How many nodes pass a threshold."""
        return sum(len(nodes) for nodes in self.nodes(threshold).values())

    def threshold_for(self, n_nodes: int) -> float:
        """The largest threshold that leaves `n_nodes` nodes (fewer only when fewer have an effect)."""
        effects = torch.cat([table.abs().flatten() for table in self.tables.values()])
        effects = effects[effects > 0].sort(descending=True).values
        return float(effects[n_nodes]) if n_nodes < len(effects) else 0.0


class EffectSums:
    """Adds up the effects of batch after batch; averages are weighted by the number of examples."""

    def __init__(self, aggregation: Aggregation) -> None:
        if aggregation not in ("none", "sum"):
            raise InputError(f"aggregation {aggregation!r}: expected none or sum")
        self.aggregation: Aggregation = aggregation
        self.n_examples = 0
        self._tables: dict[Site, Tensor] = {}
        self._has_error: dict[Site, bool] = {}

    def add(self, batch: NodeEffects) -> None:
        """Add one batch; with `none` every batch must have the same length."""
        self.n_examples += len(batch.examples)
        length = batch.examples.length
        for site, effects in batch.sites.items():
            width = batch.n_features[site]
            if site not in self._tables:
                rows = length if self.aggregation == "none" else 1
                self._tables[site] = precise(effects.effect.new_zeros(rows, width + 1))
                self._has_error[site] = effects.error is not None
            position = (
                effects.features.token % length if self.aggregation == "none" else effects.features.token * 0
            )
            table = self._tables[site]
            place = (position, effects.features.feature)
            table.index_put_(place, precise(effects.effect), accumulate=True)
            if effects.error is not None:
                error = precise(effects.error).sum(0)
                table[:, width] += error if self.aggregation == "none" else error.sum()

    def average(self) -> AverageEffects:
        """The averages over all examples added so far."""
        tables = {site: table / max(1, self.n_examples) for site, table in self._tables.items()}
        return AverageEffects(tables, dict(self._has_error), self.aggregation, self.n_examples)

"""Both ends of an edge: the cotangents of downstream nodes, and reading products at upstream nodes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.attribution.nodes import NodeEffects, SiteEffects
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.sites import Site

__all__ = ["Reader", "cotangents", "positions_of"]

_CHUNK = 1 << 22
"""Most numbers in one batch of cotangents."""


def positions_of(nodes: SiteNodes) -> Tensor | None:
    """The positions that have nodes, sorted; None when positions are summed."""
    return None if nodes.position is None else nodes.position.unique()


def _lookup(site: SiteEffects, values: Tensor, token: Tensor, feature: Tensor, width: int) -> Tensor:
    """The entries' `values` [n] at queries (token, feature); 0 where there is no entry."""
    keys = site.features.token * width + site.features.feature
    if not len(keys):
        return values.new_zeros(token.shape)
    query = token * width + feature
    at = torch.searchsorted(keys, query).clamp_max(len(keys) - 1)
    return torch.where(keys[at] == query, values[at], values.new_zeros(()))


def _tokens_of(effects: NodeEffects, nodes: SiteNodes) -> Tensor:
    """Where feature nodes are looked up: [1,B,S] with positions summed, else [n,B] at each one's position."""
    batch, length = effects.examples.tokens.shape
    device = nodes.feature.device
    if nodes.position is None:
        return torch.arange(batch * length, device=device).reshape(1, batch, length)
    return torch.arange(batch, device=device) * length + nodes.position[:, None]


def _at_nodes(effects: NodeEffects, site: Site, values: Tensor, nodes: SiteNodes) -> Tensor:
    """Entries' values at feature nodes: [n,B,S] with positions summed, else [n,B] at each one's position."""
    token = _tokens_of(effects, nodes)
    feature = nodes.feature.reshape(-1, *[1] * (token.ndim - 1))
    token, feature = torch.broadcast_tensors(token, feature)
    return _lookup(effects.sites[site], values, token, feature, effects.n_features[site])


def cotangents(
    effects: NodeEffects,
    dictionaries: Dictionaries,
    site: Site,
    nodes: SiteNodes,
    own_threshold: float | None,
    positions: Tensor | None,
) -> Iterator[Tensor]:
    """What each node's share of the metric's gradient is at its site: pieces [K,B,S,d] in the nodes' order.

    With `positions` only these columns, [K,B,|positions|,d].

    A feature: ∇_f m · ∂f/∂x. The error: g − J_x̂ᵀ g, since the site enters ε = x − x̂(x) twice.
    """
    here, dictionary = effects.sites[site], dictionaries[site]
    strength = here.gradient * here.features.slope
    if own_threshold is not None:
        strength = strength * (here.effect.abs() > own_threshold)
    is_error = nodes.feature == effects.n_features[site]
    error = None
    if bool(is_error.any()):
        error = _error_cotangent(effects, dictionaries, site, own_threshold, positions_of(nodes))
    batch, length, width = here.site_gradient.shape
    x = effects.captured.values[site].flatten(0, 1)
    column = nodes.position
    if column is not None and positions is not None:
        column, length = torch.searchsorted(positions, column), len(positions)
    size = max(1, _CHUNK // (batch * length * width))
    for part in torch.arange(len(nodes), device=is_error.device).split(size):
        cotangent = here.site_gradient.new_zeros(len(part), batch, length, width)
        where = (~is_error[part]).nonzero().squeeze(1)
        chosen = part[where]
        at = None if nodes.position is None else nodes.position[chosen]
        some = SiteNodes(nodes.feature[chosen], at)
        coefficient = _at_nodes(effects, site, strength, some)
        back = dictionary.pull_back_each(x, _tokens_of(effects, some), some.feature, coefficient)
        if column is None:
            cotangent[where] = back
        else:
            cotangent[where, :, column[chosen]] = back
        for k in is_error[part].nonzero().squeeze(1).tolist():
            assert error is not None
            if column is None or nodes.position is None:
                cotangent[k] = error
            else:
                cotangent[k, :, column[part[k]]] = error[:, nodes.position[part[k]]]
        yield cotangent


def _error_cotangent(
    effects: NodeEffects,
    dictionaries: Dictionaries,
    site: Site,
    own_threshold: float | None,
    positions: Tensor | None,
) -> Tensor:
    """[B,S,d]: g − J_x̂ᵀ g, J_x̂ the Jacobian of decode∘encode at the clean value.

    Right at `positions` only; None = everywhere.
    """
    here, gradient = effects.sites[site], effects.sites[site].site_gradient
    token, feature, strength = here.features.token, here.features.feature, here.gradient * here.features.slope
    if positions is not None:
        some = torch.isin(token % effects.examples.length, positions)
        token, feature, strength = token[some], feature[some], strength[some]
    x = effects.captured.values[site].flatten(0, 1)
    back = dictionaries[site].pull_back(x, token, feature, strength)
    out = gradient - back.reshape(gradient.shape)
    if own_threshold is not None and here.error is not None:
        out = out * (here.error.abs() > own_threshold).unsqueeze(-1)
    return out


class Reader:
    """Products at an upstream site → edge weights from each of its nodes."""

    def __init__(
        self, effects: NodeEffects, dictionaries: Dictionaries, site: Site, nodes: SiteNodes
    ) -> None:
        self.nodes, self.effects, self.here = nodes, effects, effects.sites[site]
        self.is_error = nodes.feature == effects.n_features[site]
        self.feature = nodes.feature[~self.is_error]
        self.position = None if nodes.position is None else nodes.position[~self.is_error]
        self.rows = dictionaries[site].decoder[self.feature]
        self.delta = _at_nodes(
            effects, site, self.here.features.delta, SiteNodes(self.feature, self.position)
        )

    def __call__(self, product: Tensor) -> Tensor:
        """[K,n]: (W_dec[u] · V) Δf_u, and V · Δε for the error, summed over examples; product V [K,B,S,d]."""
        out = product.new_zeros(len(product), len(self.nodes))
        feature_at = (~self.is_error).nonzero().squeeze(1)
        error_at = self.is_error.nonzero().squeeze(1)
        if self.position is None:
            out[:, feature_at] = torch.einsum("kbsn,nbs->kn", product @ self.rows.T, self.delta)
        else:
            for position in self.position.unique().tolist():
                some = (self.position == position).nonzero().squeeze(1)
                read = product[:, :, position] @ self.rows[some].T
                out[:, feature_at[some]] = torch.einsum("kbn,nb->kn", read, self.delta[some])
        if len(error_at):
            assert self.here.features.error_delta is not None
            by_position = torch.einsum("kbsd,bsd->ks", product, self.here.features.error_delta)
            if self.nodes.position is None:
                out[:, error_at] = by_position.sum(1, keepdim=True)
            else:
                out[:, error_at] = by_position[:, self.nodes.position[error_at]]
        return out

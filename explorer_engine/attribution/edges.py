"""Edge effects (§3.1, App. A.1, eq. 5–6): one local vector–Jacobian product a downstream node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.attribution.features import weighted_rows
from explorer_engine.attribution.nodes import NodeEffects, SiteEffects
from explorer_engine.attribution.tail import Tail, example_rows, replaced
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["OUTPUT", "edge_sums", "site_pairs"]

OUTPUT = "y"
"""The metric as a node."""

_CHUNK = 1 << 22
"""Most numbers in one batch of cotangents."""

Pair = tuple[Site, Site]


@dataclass(frozen=True)
class Segment:
    """The layers between two neighbouring residual sites with dictionaries: paths inside it are direct."""

    start: Site | None
    """The residual site (or embed) it starts from; None when the stream before it has no dictionary."""
    layers: range
    end: Site | None
    """The residual site it ends at; None for what follows the last one."""
    inner: tuple[Site, ...]
    """The attention and MLP sites with dictionaries in between."""


def segments(present: Mapping[Site, object], last_layer: int) -> list[Segment]:
    """Cut layers 0…last_layer at the residual sites present. With all sites present: one segment a layer."""
    out, start, first = [], Site("embed", -1) if Site("embed", -1) in present else None, 0
    for layer in range(last_layer + 1):
        end = Site("resid", layer) if Site("resid", layer) in present else None
        if end is None and layer < last_layer:
            continue
        layers = range(first, layer + 1)
        inner = tuple(s for i in layers for s in (Site("attn", i), Site("mlp", i)) if s in present)
        out.append(Segment(start, layers, end, inner))
        start, first = end, layer + 1
    return out


def site_pairs(model: LanguageModel, present: Mapping[Site, object], last_layer: int) -> list[Pair]:
    """All (upstream, downstream) sites that a direct path joins, in order of depth."""
    pairs = []
    for segment in segments(present, last_layer):
        for down in (*segment.inner, *([segment.end] if segment.end else [])):
            pairs += [(up, down) for up in _before(model, segment, down)]
    return pairs


def _before(model: LanguageModel, segment: Segment, down: Site) -> list[Site]:
    """The sites of a segment that reach `down` directly."""
    start = [segment.start] if segment.start else []
    blind = (
        model.parallel and down.kind == "mlp"
    )  # in a parallel layer the MLP does not see its layer's attention
    return start + [s for s in segment.inner if s < down and not (blind and s.layer == down.layer)]


def _added(model: LanguageModel, segment: Segment, up: Site) -> bool:
    """Does `up` reach the segment's end by addition alone, so that the product is the cotangent itself?"""
    if len(segment.layers) > 1:
        return False
    has = {site.kind for site in segment.inner}
    match up.kind:
        case "mlp":
            return True
        case "attn":
            return model.family.attn_added and (model.parallel or "mlp" in has)
        case _:
            return has == {"attn", "mlp"}


def edge_sums(
    model: LanguageModel,
    dictionaries: Dictionaries,
    effects: NodeEffects,
    nodes: Mapping[Site, SiteNodes],
    own_threshold: float | None = None,
) -> dict[tuple[Site, Site | str], Tensor]:
    """Edge weights [n_down, n_up] by (upstream, downstream) site, summed over the batch's examples.

    weight(u → w) = ∇_w m · ∂w/∂u (direct path, clean run) · Δu, with the gradient used for the node effects.
    A site of the dictionaries is held constant on the paths of others whether or not it has nodes. With
    `own_threshold` a downstream node counts only where its own effect there passes it (the published code's
    selection). The metric's own edges, (site, "y") → [1, n_up], come only where the last residual site has no
    dictionary; otherwise they are the node effects themselves.
    """
    tail = Tail(model, effects.captured, effects.metric, effects.examples)
    present = effects.sites
    out: dict[tuple[Site, Site | str], Tensor] = {}
    for segment in segments(present, tail.last_layer):
        out.update(_segment_edges(tail, segment, dictionaries, effects, nodes, own_threshold))
    last = Site("resid", tail.last_layer)
    if last not in present:
        segment = segments(present, tail.last_layer)[-1]
        out.update(_output_edges(tail, segment, dictionaries, effects, nodes))
    return out


def _segment_edges(
    tail: Tail,
    segment: Segment,
    dictionaries: Dictionaries,
    effects: NodeEffects,
    nodes: Mapping[Site, SiteNodes],
    own_threshold: float | None,
) -> Iterator[tuple[tuple[Site, Site | str], Tensor]]:
    model, graph = tail.model, None
    for down in (*segment.inner, *([segment.end] if segment.end else [])):
        ups = [up for up in _before(model, segment, down) if len(nodes[up])]
        if not ups or not len(nodes[down]):
            continue
        plain = [up for up in ups if down == segment.end and _added(model, segment, up)]
        bent = [up for up in ups if up not in plain]
        if bent and graph is None:
            graph = _forward(tail, segment)
        sums: dict[Site, list[Tensor]] = {up: [] for up in ups}
        readers = {up: _Reader(effects, dictionaries, up, nodes[up]) for up in ups}
        for cotangent in _cotangents(effects, dictionaries, down, nodes[down], own_threshold):
            products = dict.fromkeys(plain, cotangent)
            if bent:
                assert graph is not None
                leaves, values = graph
                products.update(
                    zip(bent, _products(values[down], [leaves[up] for up in bent], cotangent), strict=True)
                )
            for up in ups:
                sums[up].append(readers[up](products[up]))
        yield from (((up, down), torch.cat(parts)) for up, parts in sums.items())


def _forward(tail: Tail, segment: Segment) -> tuple[dict[Site, Tensor], dict[Site, Tensor]]:
    """Run a segment with each site's value on a detached leaf: (leaves, values before detaching) [B,S,d]."""
    model, captured = tail.model, tail.captured
    rows = example_rows(len(tail.examples), 1, model.device)
    leaves: dict[Site, Tensor] = {}
    values: dict[Site, Tensor] = {}

    def split(site: Site, value: Tensor) -> Tensor:
        values[site] = value
        leaves[site] = value.detach().requires_grad_()
        return leaves[site]

    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        stream = captured.inputs[segment.layers[0]]
        if segment.start is not None:
            start = captured.values[segment.start]
            stream = split(segment.start, start) + (stream - start)
        for layer in segment.layers:
            with ExitStack() as hooks:
                for site in segment.inner:
                    place = model.place(site)
                    if site.layer == layer and place is not None:
                        module = model.submodule(layer, place.module)
                        hooks.enter_context(
                            replaced(module, place.end, lambda value, site=site: split(site, value))
                        )
                stream = tail.run_layer(layer, stream, rows)
        values[segment.end or Site("resid", segment.layers[-1])] = stream
    return leaves, values


def _products(value: Tensor, leaves: list[Tensor], cotangent: Tensor) -> list[Tensor]:
    """cotangentᵀ · ∂value/∂leaf, [K,B,S,d_leaf] each, for cotangents [K,B,S,d]."""
    found = torch.autograd.grad(
        value, leaves, cotangent, retain_graph=True, allow_unused=True, is_grads_batched=True
    )
    return [
        leaf.new_zeros(len(cotangent), *leaf.shape) if gradient is None else gradient
        for leaf, gradient in zip(leaves, found, strict=True)
    ]


def _output_edges(
    tail: Tail,
    segment: Segment,
    dictionaries: Dictionaries,
    effects: NodeEffects,
    nodes: Mapping[Site, SiteNodes],
) -> Iterator[tuple[tuple[Site, Site | str], Tensor]]:
    """Edges to the metric from the last segment's sites, by the metric's gradient in the clean run."""
    ups = [s for s in (*([segment.start] if segment.start else []), *segment.inner) if len(nodes[s])]
    if not ups:
        return
    leaves, values = _forward(tail, segment)
    rows = example_rows(len(tail.examples), 1, tail.model.device)
    with torch.enable_grad():
        m = tail.read(values[Site("resid", segment.layers[-1])], rows)
        found = torch.autograd.grad(m.sum(), [leaves[up] for up in ups])
    for up, product in zip(ups, found, strict=True):
        yield (up, OUTPUT), _Reader(effects, dictionaries, up, nodes[up])(product[None])


def _lookup(site: SiteEffects, values: Tensor, token: Tensor, feature: Tensor, width: int) -> Tensor:
    """The entries' `values` [n] at queries (token, feature); 0 where there is no entry."""
    keys = site.features.token * width + site.features.feature
    if not len(keys):
        return values.new_zeros(token.shape)
    query = token * width + feature
    at = torch.searchsorted(keys, query).clamp_max(len(keys) - 1)
    return torch.where(keys[at] == query, values[at], values.new_zeros(()))


def _at_nodes(effects: NodeEffects, site: Site, values: Tensor, nodes: SiteNodes) -> Tensor:
    """Entries' values at feature nodes: [n,B,S] with positions summed, else [n,B] at each one's position."""
    batch, length = effects.examples.tokens.shape
    device = nodes.feature.device
    if nodes.position is None:
        token = torch.arange(batch * length, device=device).reshape(1, batch, length)
        feature = nodes.feature.reshape(-1, 1, 1)
    else:
        token = torch.arange(batch, device=device) * length + nodes.position[:, None]
        feature = nodes.feature[:, None]
    token, feature = torch.broadcast_tensors(token, feature)
    return _lookup(effects.sites[site], values, token, feature, effects.n_features[site])


def _cotangents(
    effects: NodeEffects,
    dictionaries: Dictionaries,
    site: Site,
    nodes: SiteNodes,
    own_threshold: float | None,
) -> Iterator[Tensor]:
    """What each node's share of the metric's gradient is at its site: pieces [K,B,S,d] in the nodes' order.

    A feature: ∇_f m · slope · encoder row. The error: g − J_x̂ᵀ g, since the site enters ε = x − x̂(x) twice.
    """
    here, dictionary = effects.sites[site], dictionaries[site]
    strength = here.gradient * here.features.slope
    if own_threshold is not None:
        strength = strength * (here.effect.abs() > own_threshold)
    is_error = nodes.feature == effects.n_features[site]
    error = _error_cotangent(effects, dictionaries, site, own_threshold) if bool(is_error.any()) else None
    for part in torch.arange(len(nodes), device=is_error.device).split(
        max(1, _CHUNK // here.site_gradient.numel())
    ):
        cotangent = here.site_gradient.new_zeros(len(part), *here.site_gradient.shape)
        some = ~is_error[part]
        chosen = part[some]
        position = None if nodes.position is None else nodes.position[chosen]
        coefficient = _at_nodes(effects, site, strength, SiteNodes(nodes.feature[chosen], position))
        rows = dictionary.encoder[nodes.feature[chosen]]
        where = some.nonzero().squeeze(1)
        if position is None:
            cotangent[where] = coefficient[..., None] * rows[:, None, None]
        else:
            cotangent[where, :, position] = coefficient[..., None] * rows[:, None]
        for k in (~some).nonzero().squeeze(1).tolist():
            assert error is not None
            if nodes.position is None:
                cotangent[k] = error
            else:
                at = nodes.position[part[k]]
                cotangent[k, :, at] = error[:, at]
        yield cotangent


def _error_cotangent(
    effects: NodeEffects, dictionaries: Dictionaries, site: Site, own_threshold: float | None
) -> Tensor:
    """[B,S,d]: g − J_x̂ᵀ g at every position, J_x̂ the Jacobian of decode∘encode at the clean value."""
    here, gradient = effects.sites[site], effects.sites[site].site_gradient
    back = weighted_rows(
        dictionaries[site].encoder,
        here.features.token,
        here.features.feature,
        here.gradient * here.features.slope,
        effects.examples.tokens.numel(),
    )
    out = gradient - back.reshape(gradient.shape)
    if own_threshold is not None and here.error is not None:
        out = out * (here.error.abs() > own_threshold).unsqueeze(-1)
    return out


class _Reader:
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

"""Edge effects (§3.1, App. A.1, eq. 5–6): one local vector–Jacobian product a downstream node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.attribution.cotangents import Reader, cotangents, positions_of
from explorer_engine.attribution.nodes import NodeEffects
from explorer_engine.attribution.runs import Tail, example_rows, replaced
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import OUTPUT, Site

__all__ = ["edge_sums"]

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
            graph = _forward(tail, segment, nodes)
        narrow = None if down == segment.end else positions_of(nodes[down])
        sums: dict[Site, list[Tensor]] = {up: [] for up in ups}
        readers = {up: Reader(effects, dictionaries, up, nodes[up]) for up in ups}
        for cotangent in cotangents(effects, dictionaries, down, nodes[down], own_threshold, narrow):
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


def _forward(
    tail: Tail, segment: Segment, nodes: Mapping[Site, SiteNodes]
) -> tuple[dict[Site, Tensor], dict[Site, Tensor]]:
    """Run a segment with each site's value on a detached leaf: (leaves, values before detaching) [B,S,d].

    Where positions are resolved, an attention or MLP value is computed only at positions that have nodes.
    """
    model, captured, family = tail.model, tail.captured, tail.model.family
    rows = example_rows(len(tail.examples), 1, model.device)
    leaves: dict[Site, Tensor] = {}
    values: dict[Site, Tensor] = {}

    def split(site: Site, value: Tensor, positions: Tensor | None = None) -> Tensor:
        full = value.shape[1] == tail.examples.length
        values[site] = value[:, positions] if full and positions is not None else value
        leaves[site] = captured.values[site].detach().requires_grad_()
        return leaves[site]

    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        stream = captured.inputs[segment.layers[0]]
        if segment.start is not None:
            start = captured.values[segment.start]
            leaves[segment.start] = start.detach().requires_grad_()
            stream = leaves[segment.start] + (stream - start)
        for layer in segment.layers:
            with ExitStack() as hooks:
                for site in segment.inner:
                    place = model.place(site)
                    if site.layer != layer or place is None:
                        continue
                    at = positions_of(nodes[site])
                    module = model.submodule(layer, place.module)
                    hooks.enter_context(replaced(module, place.end, lambda x, s=site, at=at: split(s, x, at)))
                    if at is not None and place.end == "output":
                        path = family.mlp_module if site.kind == "mlp" else family.attn_projection
                        module = model.submodule(layer, path)
                        hooks.enter_context(replaced(module, "input", lambda x, at=at: x[:, at]))
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
    leaves, values = _forward(tail, segment, nodes)
    rows = example_rows(len(tail.examples), 1, tail.model.device)
    with torch.enable_grad():
        m = tail.read(values[Site("resid", segment.layers[-1])], rows)
        found = torch.autograd.grad(m.sum(), [leaves[up] for up in ups])
    for up, product in zip(ups, found, strict=True):
        yield (up, OUTPUT), Reader(effects, dictionaries, up, nodes[up])(product[None])

"""Finding a circuit: node effects, averages, thresholds, edge effects (§3.1), batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from explorer_engine.attribution.averages import AverageEffects, SiteNodes
from explorer_engine.attribution.choices import Steps
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.metrics import Metric
from explorer_engine.attribution.nodes import NodeEffects
from explorer_engine.attribution.runs import uses_patch
from explorer_engine.circuits.circuit import ERROR, POINTS, Circuit, Edge, Node
from explorer_engine.circuits.effects import ComputedEffects, computed_effects
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import OUTPUT, FeatureRef, Site
from explorer_engine.sums import precise

__all__ = ["Discovery", "discover", "discover_both", "find_circuit"]


@dataclass(frozen=True, eq=False)
class Discovery:
    """A circuit, and what more is asked of the same examples."""

    circuit: Circuit
    averages: AverageEffects
    """Average effects of all nodes, which a sweep over thresholds needs."""
    steps: Steps
    """Points of integrated gradients that they were computed with."""


def find_circuit(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions | None = None,
    *,
    metric: Metric | None = None,
    progress: Progress | None = None,
) -> Circuit:
    """The circuit of a behaviour, as `discover` finds it: without the effects of all nodes."""
    return discover(model, dictionaries, examples, options, metric=metric, progress=progress).circuit


def discover(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions | None = None,
    *,
    metric: Metric | None = None,
    choose: Callable[[AverageEffects], float] | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Nodes whose |average effect| passes the node threshold, and edges between them that pass the other.

    `metric` stands in for the one that the options name; `choose` says the node threshold when the effects
    are known, instead of the options. The circuit's provenance holds the options, what a
    positive effect means, the mean metric and, where there is an error to keep within, the points of each
    site and the error measured. Raises InputError as `node_effects` does.
    """
    effects = computed_effects(model, dictionaries, examples, options or CircuitOptions(), metric, progress)
    return _found(effects, effects.averages, effects.options, choose, progress)


def discover_both(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions,
    *,
    progress: Progress | None = None,
) -> tuple[Discovery, Discovery]:
    """The circuits with positions apart and with positions summed, of the same node effects.

    Each is what `discover` finds with its aggregation. Raises InputError as `node_effects` does.
    """
    effects = computed_effects(
        model, dictionaries, examples, replace(options, aggregation="none"), None, progress
    )
    return (
        _found(effects, effects.averages, effects.options, None, progress),
        _found(effects, effects.averages.summed(), replace(options, aggregation="sum"), None, progress),
    )


def _found(
    of: ComputedEffects,
    averages: AverageEffects,
    options: CircuitOptions,
    choose: Callable[[AverageEffects], float] | None,
    progress: Progress | None,
) -> Discovery:
    """The circuit of computed effects; `averages` and `options` say how they are aggregated."""
    if choose is not None:
        options = replace(options, node_threshold=choose(averages), n_nodes=None)
    n = options.n_nodes
    threshold = options.node_threshold if n is None else averages.threshold_for(n)
    nodes = averages.nodes(threshold)
    own = threshold if options.node_selection == "per-example" else None
    edges = _edge_sums(of.model, of.dictionaries, told(of.batches, progress, "edge effects"), nodes, own)
    circuit = Circuit(
        nodes=tuple(_named(averages, site, here) for site, here in _each(nodes)),
        edges=_edges(edges, averages, nodes, options.edge_threshold),
        model=of.model.name,
        dictionaries="",
        metric=of.metric.name,
        method=_method(options, of.steps),
        aggregation=averages.aggregation,
        node_selection=options.node_selection,
        baseline="patch" if uses_patch(options.baseline, of.examples) else "zero",
        n_examples=len(of.examples),
        node_threshold=threshold,
        edge_threshold=options.edge_threshold,
        tokens=_tokens(of.model, of.examples) if averages.aggregation == "none" else None,
        provenance={**_provenance(of), "options": asdict(options)},
    )
    return Discovery(circuit, averages, of.steps)


_Sums = dict[tuple[Site, Site | str], torch.Tensor]


def _edge_sums(
    model: LanguageModel,
    dictionaries: Dictionaries,
    batches: Iterable[NodeEffects],
    nodes: dict[Site, SiteNodes],
    own_threshold: float | None,
) -> _Sums:
    """Weights of all edges between `nodes`, summed over the examples."""
    total: _Sums = {}
    for batch in batches:
        for pair, weights in edge_sums(model, dictionaries, batch, nodes, own_threshold).items():
            total[pair] = total[pair] + weights if pair in total else precise(weights)
    return total


def _edges(
    total: _Sums, averages: AverageEffects, nodes: dict[Site, SiteNodes], threshold: float
) -> tuple[Edge, ...]:
    """The edges whose |average weight| > threshold, and those into the output."""
    ids = {site: _ids(averages, site, here) for site, here in nodes.items()}
    edges = []
    for (up, down), weights in total.items():
        mean = weights / averages.n_examples
        if not bool(torch.isfinite(mean).all()):
            raise InputError(
                f"edges {up} → {down} hold NaN or Inf: check the weights, or use --dtype float32"
            )
        targets = [OUTPUT] if isinstance(down, str) else ids[down]
        for k, n in (mean.abs() > threshold).nonzero().tolist():
            edges.append(Edge(ids[up][n], targets[k], float(mean[k, n])))
    last = max(averages.tables)
    if not any(down == OUTPUT for _, down in total):
        effects = averages.effect(last, nodes[last]).tolist()
        edges += [Edge(id, OUTPUT, effect) for id, effect in zip(ids[last], effects, strict=True)]
    return tuple(edges)


def _each(nodes: dict[Site, SiteNodes]) -> list[tuple[Site, tuple[int, int | None]]]:
    out = []
    for site, here in sorted(nodes.items()):
        positions = [None] * len(here) if here.position is None else here.position.tolist()
        out += [(site, pair) for pair in zip(here.feature.tolist(), positions, strict=True)]
    return out


def _named(averages: AverageEffects, site: Site, node: tuple[int, int | None]) -> Node:
    column, position = node
    table = averages.tables[site]
    ref = FeatureRef.at_column(site, column, table.shape[1] - 1)
    return Node(site, ref.index, position, float(table[position or 0, column]))


def _ids(averages: AverageEffects, site: Site, nodes: SiteNodes) -> list[str]:
    return [_named(averages, site, node).id for _, node in _each({site: nodes})]


def _method(options: CircuitOptions, steps: Steps) -> dict[str, Any]:
    """How effects were found; of points that differ from site to site the most."""
    if options.method == "attribution":
        return {"name": options.method}
    most = steps if isinstance(steps, int) else max(steps.values())
    return {"name": options.method, "steps": most, "rule": options.rule}


def _tokens(model: LanguageModel, examples: Examples) -> tuple[str, ...] | None:
    """The first example's tokens as text, padding as empty strings."""
    if model.tokenizer is None:
        return None
    row = zip(examples.tokens[0].tolist(), examples.mask[0].tolist(), strict=True)
    return tuple(model.tokenizer.decode([token]) if real else "" for token, real in row)


def _provenance(of: ComputedEffects) -> dict[str, Any]:
    n = len(of.examples)
    out: dict[str, Any] = {
        "sign": of.metric.sign,
        "m_clean": sum(float(b.m_clean.sum()) for b in of.batches) / n,
        "model_fingerprint": of.model.fingerprint,
    }
    if of.batches[0].m_patch is not None:
        out["total_effect"] = sum(float(b.total.sum()) for b in of.batches) / n
    if not isinstance(of.steps, int):
        out[POINTS] = {str(site): n for site, n in of.steps.items()}
        out[ERROR] = of.error
    return out

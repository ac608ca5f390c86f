"""Finding a circuit: node effects, averages, thresholds, edge effects (§3.1), batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from explorer_engine.attribution.averages import AverageEffects, EffectSums, SiteNodes
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.attribution.runs import uses_patch
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import OUTPUT, FeatureRef, Site
from explorer_engine.sums import precise

__all__ = ["Discovery", "average_effects", "discover", "find_circuit"]


@dataclass(frozen=True, eq=False)
class Discovery:
    """A circuit and the average effects of all nodes, which a sweep over thresholds needs."""

    circuit: Circuit
    averages: AverageEffects


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
    positive effect means, and the mean metric. Raises InputError as `node_effects` does.
    """
    options = options or CircuitOptions()
    chosen = pick_metric(metric or options.metric, examples)
    chosen.rows(examples)  # raise before any work when the examples lack what metric or baseline read
    baseline = "patch" if uses_patch(options.baseline, examples) else "zero"
    sums, effects = EffectSums(options.aggregation), []
    for batch in told(_batches(model, examples, options), progress, "node effects"):
        effects.append(_effects(model, dictionaries, batch, options, chosen))
        sums.add(effects[-1])
    averages = sums.average()
    if choose is not None:
        options = replace(options, node_threshold=choose(averages), n_nodes=None)
    n = options.n_nodes
    threshold = options.node_threshold if n is None else averages.threshold_for(n)
    nodes = averages.nodes(threshold)
    own = threshold if options.node_selection == "per-example" else None
    edges = _edge_sums(model, dictionaries, told(effects, progress, "edge effects"), nodes, own)
    circuit = Circuit(
        nodes=tuple(_named(averages, site, here) for site, here in _each(nodes)),
        edges=_edges(edges, averages, nodes, options.edge_threshold),
        model=model.name,
        dictionaries="",
        metric=chosen.name,
        method=_method(options),
        aggregation=options.aggregation,
        node_selection=options.node_selection,
        baseline=baseline,
        n_examples=len(examples),
        node_threshold=threshold,
        edge_threshold=options.edge_threshold,
        tokens=_tokens(model, examples) if options.aggregation == "none" else None,
        provenance={**_provenance(model, chosen, effects), "options": asdict(options)},
    )
    return Discovery(circuit, averages)


def average_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions | None = None,
    *,
    metric: Metric | None = None,
    progress: Progress | None = None,
) -> AverageEffects:
    """Average effects of all nodes, without edges; thresholds among the options say nothing here."""
    options = options or CircuitOptions()
    chosen = pick_metric(metric or options.metric, examples)
    sums = EffectSums(options.aggregation)
    for batch in told(_batches(model, examples, options), progress, "node effects"):
        sums.add(_effects(model, dictionaries, batch, options, chosen))
    return sums.average()


def _effects(
    model: LanguageModel, dictionaries: Dictionaries, batch: Examples, options: CircuitOptions, metric: Metric
) -> NodeEffects:
    return node_effects(
        model,
        dictionaries,
        batch,
        metric=metric,
        method=options.method,
        steps=options.steps,
        rule=options.rule,
        baseline=options.baseline,
    )


def _batches(model: LanguageModel, examples: Examples, options: CircuitOptions) -> list[Examples]:
    """Batches of examples; where positions are summed, without empty columns."""
    size = options.batch_size or max(1, (1 << 19) // (model.d_model * examples.length))
    batches = list(examples.batches(size))
    return [batch.trimmed() for batch in batches] if options.aggregation == "sum" else batches


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


def _method(options: CircuitOptions) -> dict[str, Any]:
    if options.method == "attribution":
        return {"name": options.method}
    return {"name": options.method, "steps": options.steps, "rule": options.rule}


def _tokens(model: LanguageModel, examples: Examples) -> tuple[str, ...] | None:
    """The first example's tokens as text, padding as empty strings."""
    if model.tokenizer is None:
        return None
    row = zip(examples.tokens[0].tolist(), examples.mask[0].tolist(), strict=True)
    return tuple(model.tokenizer.decode([token]) if real else "" for token, real in row)


def _provenance(model: LanguageModel, metric: Metric, batches: list[NodeEffects]) -> dict[str, Any]:
    n = sum(len(batch.examples) for batch in batches)
    out: dict[str, Any] = {
        "sign": metric.sign,
        "m_clean": sum(float(b.m_clean.sum()) for b in batches) / n,
        "model_fingerprint": model.fingerprint,
    }
    if batches[0].m_patch is not None:
        out["total_effect"] = sum(float(b.total.sum()) for b in batches) / n
    return out

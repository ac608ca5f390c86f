"""Finding a circuit: node effects, averages, thresholds, edge effects (§3.1), batch by batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from tqdm import tqdm

from explorer_engine.attribution.averages import Aggregation, AverageEffects, EffectSums, SiteNodes
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.nodes import Baseline, Method, NodeEffects, Rule, node_effects, uses_patch
from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.data import Examples
from explorer_engine.devices import sum_type
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import OUTPUT, FeatureRef, Site

__all__ = ["Discovery", "NodeSelection", "average_effects", "discover", "find_circuit"]

NodeSelection = Literal["averaged", "per-example"]


@dataclass(frozen=True, eq=False)
class Discovery:
    """A circuit and the average effects of all nodes, which a sweep over thresholds needs."""

    circuit: Circuit
    averages: AverageEffects


def find_circuit(
    model: LanguageModel, dictionaries: Dictionaries, examples: Examples, **options: Any
) -> Circuit:
    """The circuit of a behaviour; takes the options of `discover`."""
    return discover(model, dictionaries, examples, **options).circuit


def discover(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    *,
    metric: str | Metric = "auto",
    method: Method = "ig",
    steps: int = 10,
    rule: Rule = "left",
    baseline: Baseline = "auto",
    aggregation: Aggregation = "none",
    node_selection: NodeSelection = "averaged",
    node_threshold: float = 0.1,
    edge_threshold: float = 0.01,
    n_nodes: int | None = None,
    batch_size: int | None = None,
    progress: bool = False,
    dictionaries_name: str = "",
    data: dict[str, Any] | None = None,
    provenance: dict[str, Any] | None = None,
) -> Discovery:
    """Nodes with |average effect| > `node_threshold`, edges between them with |weight| > `edge_threshold`.

    With `n_nodes` the node threshold is chosen so that this many nodes pass. `per-example`: a downstream node
    counts in an edge only where its own effect in that example and position passes the threshold.
    InputError: see `node_effects`; a threshold below 0; an unknown choice.
    """
    for name, value in (("node", node_threshold), ("edge", edge_threshold)):
        if not (value >= 0 and math.isfinite(value)):
            raise InputError(f"{name} threshold {value}: must be 0 or more")
    if node_selection not in ("averaged", "per-example"):
        raise InputError(f"node selection {node_selection!r}: expected averaged or per-example")
    chosen = pick_metric(metric, examples)
    chosen.rows(examples)  # raise before any work when the examples lack what metric or baseline read
    uses_patch(baseline, examples)
    options: dict[str, Any] = {"method": method, "steps": steps, "rule": rule, "baseline": baseline}
    sums, batches = EffectSums(aggregation), []
    for batch in _batches(model, examples, aggregation, batch_size, progress, "node effects"):
        batches.append(node_effects(model, dictionaries, batch, metric=chosen, **options))
        sums.add(batches[-1])
    averages = sums.average()
    threshold = node_threshold if n_nodes is None else averages.threshold_for(n_nodes)
    nodes = averages.nodes(threshold)
    own = threshold if node_selection == "per-example" else None
    edges = _edges(model, dictionaries, batches, averages, nodes, own, edge_threshold, progress)
    circuit = Circuit(
        nodes=tuple(_named(averages, site, here) for site, here in _each(nodes)),
        edges=edges,
        model=model.name,
        dictionaries=dictionaries_name,
        data=data or {},
        metric=chosen.name,
        method=_method(method, steps, rule),
        aggregation=aggregation,
        node_selection=node_selection,
        baseline="patch" if uses_patch(baseline, examples) else "zero",
        n_examples=len(examples),
        node_threshold=threshold,
        edge_threshold=edge_threshold,
        tokens=_tokens(model, examples) if aggregation == "none" else None,
        provenance={**_provenance(model, chosen, batches), **(provenance or {})},
    )
    return Discovery(circuit, averages)


def average_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    *,
    aggregation: Aggregation = "none",
    batch_size: int | None = None,
    progress: bool = False,
    **options: Any,
) -> AverageEffects:
    """Average effects of all nodes, without edges; further options as in `node_effects`."""
    sums = EffectSums(aggregation)
    for batch in _batches(model, examples, aggregation, batch_size, progress, "node effects"):
        sums.add(node_effects(model, dictionaries, batch, **options))
    return sums.average()


def _batches(
    model: LanguageModel,
    examples: Examples,
    aggregation: Aggregation,
    batch_size: int | None,
    progress: bool,
    label: str,
) -> tqdm[Examples]:
    """Batches of examples behind a progress bar; where positions are summed, without empty columns."""
    if batch_size is not None and batch_size < 1:
        raise InputError(f"batch size {batch_size}: must be 1 or more")
    size = batch_size or max(1, (1 << 19) // (model.d_model * examples.length))
    batches = list(examples.batches(size))
    if aggregation == "sum":
        batches = [batch.trimmed() for batch in batches]
    return tqdm(batches, desc=label, unit="batch", disable=not progress)


def _edges(
    model: LanguageModel,
    dictionaries: Dictionaries,
    batches: list[NodeEffects],
    averages: AverageEffects,
    nodes: dict[Site, SiteNodes],
    own_threshold: float | None,
    edge_threshold: float,
    progress: bool,
) -> tuple[Edge, ...]:
    total: dict[tuple[Site, Site | str], torch.Tensor] = {}
    for batch in tqdm(batches, desc="edge effects", unit="batch", disable=not progress):
        for pair, weights in edge_sums(model, dictionaries, batch, nodes, own_threshold).items():
            weights = weights.to(sum_type(weights.dtype))
            total[pair] = total[pair] + weights if pair in total else weights
    ids = {site: _ids(averages, site, here) for site, here in nodes.items()}
    edges = []
    for (up, down), weights in total.items():
        mean = weights / averages.n_examples
        if not bool(torch.isfinite(mean).all()):
            raise InputError(
                f"edges {up} → {down} hold NaN or Inf: check the weights, or use --dtype float32"
            )
        targets = [OUTPUT] if isinstance(down, str) else ids[down]
        for k, n in (mean.abs() > edge_threshold).nonzero().tolist():
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


def _method(method: Method, steps: int, rule: Rule) -> dict[str, Any]:
    return {"name": method} if method == "attribution" else {"name": method, "steps": steps, "rule": rule}


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

"""Faithfulness and completeness (§3.2): how much of the metric a circuit keeps when all else is ablated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from explorer_engine.attribution.averages import AverageEffects
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.runs import check_dictionaries, example_rows, trace_batch
from explorer_engine.circuits.ablated_values import ablated_values
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.curve import Curve, FaithfulnessPoint, log_thresholds
from explorer_engine.circuits.options import SweepOptions
from explorer_engine.circuits.variants import Candidates, Variants
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site
from explorer_engine.sums import precise

__all__ = ["NODE_COUNTS", "default_start_layer", "sweep", "sweep_counts"]

NODE_COUNTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 600)
"""Sizes at which a curve is drawn."""


def default_start_layer(model: LanguageModel) -> int:
    """A third of the layers: 2 for Pythia-70M, 8 for Gemma-2-2B, as in the paper."""
    return model.n_layers // 3


def sweep(
    model: LanguageModel,
    dictionaries: Dictionaries,
    circuit: Circuit | AverageEffects,
    examples: Examples,
    thresholds: Sequence[float] | None = None,
    options: SweepOptions | None = None,
    *,
    metric: str | Metric | None = None,
    reference: Examples | None = None,
    progress: Progress | None = None,
) -> Curve:
    """Faithfulness and completeness of the nodes above each threshold (default: 15, log-spaced 1e-4…1).

    A node outside the circuit is set to its mean over `reference` at that position (`mean`), to 0
    (`zero`), or to its value in another prompt of `reference` (`resample`). `reference`: the patch
    prompts where there are any, else the examples themselves. `metric`: the circuit's own where none is
    given. What does not depend on the threshold is computed once, and nested circuits that do not differ
    are run once.
    Raises InputError for a circuit whose nodes do not fit the model, dictionaries or examples, and for a
    threshold below the circuit's own.
    """
    options = options or SweepOptions()
    check_dictionaries(model, dictionaries)
    chosen = pick_metric(_metric_name(circuit) if metric is None else metric, examples)
    values = _checked(log_thresholds() if thresholds is None else thresholds, circuit)
    start = _start_layer(model, options)
    last = model.n_layers - 1 if chosen.site is None else chosen.site.layer
    sites = [site for site in sorted(dictionaries) if start <= site.layer <= last]
    if not sites:
        raise InputError(f"start layer {start}: no dictionary from there on: choose a lower one")
    examples = examples.to(model.device)
    candidates = _candidates(model, dictionaries, circuit, sites, examples.length, min(values))
    if reference is None:
        reference = examples.patched() if examples.patch is not None else examples
    ablated = ablated_values(
        model,
        {site: dictionaries[site] for site in sites},
        {site: candidates[site].feature for site in sites},
        examples,
        reference.to(model.device),
        options.ablation,
        options.seed,
    )
    distinct = _distinct(values, candidates)
    sums = torch.zeros(2 + 2 * len(distinct), dtype=torch.float64)
    size = options.batch_size or max(1, (1 << 20) // (examples.length * model.d_model))
    for start_row in told(range(0, len(examples), size), progress, "faithfulness"):
        part = slice(start_row, start_row + size)
        tail, _ = trace_batch(model, sites, examples[part], chosen, patched=False)
        values_here = {site: found.of(part) for site, found in ablated.items()}
        runs = Variants(tail, dictionaries, candidates, values_here, options.errors)
        m = tail.read(tail.after(last), example_rows(len(tail.examples), 1, model.device))
        clean = precise(m).sum().item()
        found = [clean, *runs([float("inf")], False), *runs(distinct, False), *runs(distinct, True)]
        sums += torch.tensor(found, dtype=torch.float64)
    clean, empty, *means = (sums / len(examples)).tolist()
    by_threshold = dict(
        zip(distinct, zip(means[: len(distinct)], means[len(distinct) :], strict=True), strict=True)
    )
    rows = []
    for threshold in values:
        inside, outside = by_threshold[_same(threshold, distinct, candidates)]
        n_nodes, n_errors = _count(threshold, candidates)
        scale = clean - empty
        shares = [(m - empty) / scale if scale else float("nan") for m in (inside, outside)]
        rows.append(FaithfulnessPoint(threshold, n_nodes, n_errors, clean, empty, inside, outside, *shares))
    return tuple(rows)


def sweep_counts(
    model: LanguageModel,
    dictionaries: Dictionaries,
    averages: AverageEffects,
    examples: Examples,
    counts: Iterable[int] = NODE_COUNTS,
    options: SweepOptions | None = None,
    *,
    metric: str | Metric | None = None,
    progress: Progress | None = None,
) -> Curve:
    """The sweep over circuits of the `counts` strongest nodes from the options' first layer on.

    Counts beyond the nodes that have an effect are left out. Otherwise as in `sweep`.
    """
    options = options or SweepOptions()
    start = _start_layer(model, options)
    tables = {site: table for site, table in averages.tables.items() if site.layer >= start}
    taking_part = replace(averages, tables=tables)
    total = taking_part.count(0.0)
    thresholds = [taking_part.threshold_for(n) for n in counts if n <= total]
    return sweep(
        model, dictionaries, taking_part, examples, thresholds, options, metric=metric, progress=progress
    )


def _start_layer(model: LanguageModel, options: SweepOptions) -> int:
    return default_start_layer(model) if options.start_layer is None else options.start_layer


def _metric_name(circuit: Circuit | AverageEffects) -> str:
    return circuit.metric if isinstance(circuit, Circuit) else "auto"


def _checked(thresholds: Sequence[float], circuit: Circuit | AverageEffects) -> list[float]:
    if not len(thresholds):
        raise InputError("thresholds: none given")
    for value in thresholds:
        if not value >= 0:
            raise InputError(f"node threshold {value}: must be 0 or more")
        if isinstance(circuit, Circuit) and value < circuit.node_threshold:
            raise InputError(
                f"node threshold {value:g}: the circuit was found with {circuit.node_threshold:g}, "
                "what lies below is not in it: find it again with the lower threshold"
            )
    return [float(value) for value in thresholds]


def _candidates(
    model: LanguageModel,
    dictionaries: Dictionaries,
    circuit: Circuit | AverageEffects,
    sites: list[Site],
    length: int,
    lowest: float,
) -> dict[Site, Candidates]:
    if isinstance(circuit, Circuit):
        tables = _tables(model, dictionaries, circuit, length)
    else:
        tables = {site: table.abs() for site, table in circuit.tables.items()}
    out = {}
    for site in sites:
        table = tables.get(site)
        if table is None:
            table = torch.zeros(1, dictionaries[site].n_features + 1, dtype=model.dtype, device=model.device)
        if len(table) not in (1, length) or table.shape[1] != dictionaries[site].n_features + 1:
            raise InputError(f"circuit: effects at {site} do not fit the examples or the dictionary")
        feature = (table[:, :-1] > lowest).any(0).nonzero().squeeze(1)
        out[site] = Candidates(feature, table[:, feature], table[:, -1])
    return out


def _tables(
    model: LanguageModel, dictionaries: Dictionaries, circuit: Circuit, length: int
) -> dict[Site, Tensor]:
    """|effect| of a circuit's nodes as [P,F+1] by site."""
    positions = 1 if circuit.aggregation == "sum" else length
    if circuit.tokens is not None and circuit.aggregation == "none" and len(circuit.tokens) != length:
        raise InputError(
            f"circuit: was found on prompts of {len(circuit.tokens)} tokens, these have {length}, so "
            "positions do not correspond: give prompts of that length, or find it with the aggregation sum"
        )
    out: dict[Site, Tensor] = {}
    for node in circuit.nodes:
        if node.site not in dictionaries:
            raise InputError(
                f"circuit: node {node.id}: there is no dictionary at {node.site}: load the circuit's own"
            )
        width = dictionaries[node.site].n_features
        column = node.ref.column(width)
        if column > width or (column == width and not node.is_error) or (node.position or 0) >= positions:
            raise InputError(
                f"circuit: node {node.id} does not exist with these dictionaries ({width} features there) "
                f"and prompts ({length} tokens): use those that the circuit was found with"
            )
        if node.site not in out:
            out[node.site] = torch.zeros(positions, width + 1, dtype=model.dtype, device=model.device)
        out[node.site][node.position or 0, column] = abs(node.effect)
    return out


def _count(threshold: float, candidates: Mapping[Site, Candidates]) -> tuple[int, int]:
    """Nodes and error nodes above a threshold."""
    errors = sum(int((c.error_strength > threshold).sum()) for c in candidates.values())
    return errors + sum(int((c.strength > threshold).sum()) for c in candidates.values()), errors


def _distinct(thresholds: list[float], candidates: Mapping[Site, Candidates]) -> list[float]:
    """One threshold for each different circuit; circuits are nested, so equal counts mean equal circuits."""
    return list({_count(t, candidates)[0]: t for t in thresholds}.values())


def _same(threshold: float, distinct: list[float], candidates: Mapping[Site, Candidates]) -> float:
    n = _count(threshold, candidates)[0]
    return next(t for t in distinct if _count(t, candidates)[0] == n)

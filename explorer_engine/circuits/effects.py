"""Node effects of all examples, batch by batch, with the points of integrated gradients that they need."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer_engine.attribution.averages import AverageEffects, EffectSums
from explorer_engine.attribution.choices import Steps
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.attribution.points import fewest_points
from explorer_engine.attribution.runs import uses_patch
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told

__all__ = ["ComputedEffects", "average_effects", "computed_effects"]


@dataclass(frozen=True, eq=False)
class ComputedEffects:
    """Node effects of all examples, batch by batch, and what they were computed with."""

    model: LanguageModel
    dictionaries: Dictionaries
    examples: Examples
    options: CircuitOptions
    metric: Metric
    steps: Steps
    error: float | None
    """Relative error of the effects, on the examples that chose the steps; None where nothing did."""
    batches: list[NodeEffects]
    averages: AverageEffects


def computed_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions,
    metric: Metric | None = None,
    progress: Progress | None = None,
) -> ComputedEffects:
    """Compute them, with the options' metric or another in its place; the averages beside them.

    Raises InputError as `node_effects` does.
    """
    chosen = pick_metric(metric or options.metric, examples)
    chosen.rows(examples)  # raise before any work when the examples lack what metric or baseline read
    uses_patch(options.baseline, examples)
    steps, error = _steps(model, dictionaries, examples, options, chosen)
    sums, effects = EffectSums(options.aggregation), []
    for batch in told(_batches(model, examples, options), progress, "node effects"):
        effects.append(_effects(model, dictionaries, batch, options, chosen, steps))
        sums.add(effects[-1])
    return ComputedEffects(
        model, dictionaries, examples, options, chosen, steps, error, effects, sums.average()
    )


def average_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions | None = None,
    *,
    metric: Metric | None = None,
    steps: Steps | None = None,
    progress: Progress | None = None,
) -> AverageEffects:
    """Average effects of all nodes, without edges; thresholds among the options say nothing here.

    `steps` stand in for those that the options give or ask to be found.
    """
    options = options or CircuitOptions()
    chosen = pick_metric(metric or options.metric, examples)
    if steps is None:
        steps, _ = _steps(model, dictionaries, examples, options, chosen)
    sums = EffectSums(options.aggregation)
    for batch in told(_batches(model, examples, options), progress, "node effects"):
        sums.add(_effects(model, dictionaries, batch, options, chosen, steps))
    return sums.average()


def _steps(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    options: CircuitOptions,
    metric: Metric,
) -> tuple[Steps, float | None]:
    """Points of integrated gradients, and their relative error where the options ask to keep within one.

    Measured on the first example and the one in the middle.
    """
    if options.method == "attribution" or not options.quadrature_error:
        return options.steps, None
    some = examples[torch.tensor(sorted({0, len(examples) // 2}))]
    return fewest_points(
        model,
        dictionaries,
        some.trimmed() if options.aggregation == "sum" else some,
        metric,
        options.baseline,
        options.rule,
        options.quadrature_error,
        options.steps,
    )


def _effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    batch: Examples,
    options: CircuitOptions,
    metric: Metric,
    steps: Steps,
) -> NodeEffects:
    return node_effects(
        model,
        dictionaries,
        batch,
        metric=metric,
        method=options.method,
        steps=steps,
        rule=options.rule,
        baseline=options.baseline,
    )


def _batches(model: LanguageModel, examples: Examples, options: CircuitOptions) -> list[Examples]:
    """Batches of examples; where positions are summed, without empty columns."""
    size = options.batch_size or max(1, (1 << 19) // (model.d_model * examples.length))
    batches = list(examples.batches(size))
    return [batch.trimmed() for batch in batches] if options.aggregation == "sum" else batches

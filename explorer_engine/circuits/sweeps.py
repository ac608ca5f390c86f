"""The sweeps that a circuit carries: everything ablated, early layers left whole, without error nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from explorer_engine.attribution.averages import AverageEffects
from explorer_engine.attribution.choices import Steps
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.circuits.curve import Curve, Sweep
from explorer_engine.circuits.effects import average_effects
from explorer_engine.circuits.faithfulness import NODE_COUNTS, default_start_layer, sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, IdentityDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress

__all__ = ["measured_sweeps", "neuron_averages"]


def neuron_averages(
    model: LanguageModel,
    found_on: Examples,
    circuit: CircuitOptions,
    steps: Steps,
    *,
    metric: Metric | None = None,
    progress: Progress | None = None,
) -> AverageEffects:
    """Average effects of neurons, as `circuit` says, with the points that the circuit was found with.

    A site without a dictionary takes as many as the site that has most.
    """
    neurons = _neurons(model, pick_metric(metric or circuit.metric, found_on))
    if not isinstance(steps, int):
        steps = {site: steps.get(site, max(steps.values())) for site in neurons}
    return average_effects(model, neurons, found_on, circuit, metric=metric, steps=steps, progress=progress)


def measured_sweeps(
    model: LanguageModel,
    dictionaries: Dictionaries,
    averages: AverageEffects,
    of_neurons: AverageEffects,
    tests: Mapping[str, Examples],
    options: SweepOptions | None = None,
    counts: Iterable[int] = NODE_COUNTS,
    *,
    metric: str | Metric = "auto",
    progress: Progress | None = None,
) -> dict[Sweep, Curve]:
    """Curves (§3.2) of features and of neurons on each of `tests`, by what their examples are in words.

    Features with everything ablated, from the options' start layer on, and without error nodes; neurons,
    which have none, the first two ways. The start layer is never above the site that the metric reads.
    Raises InputError as `sweep` does.
    """
    options, counts = options or SweepOptions(), tuple(counts)
    start = default_start_layer(model) if options.start_layer is None else options.start_layer
    curves = {}
    for tested_on, examples in tests.items():
        read = pick_metric(metric, examples)
        highest = model.n_layers - 1 if read.site is None else read.site.layer
        everything = replace(options, start_layer=-1)
        later = replace(options, start_layer=min(start, highest))
        units = {
            "features": (dictionaries, averages, (everything, later, replace(everything, errors="remove"))),
            "neurons": (_neurons(model, read), of_neurons, (everything, later)),
        }
        for unit, (nodes, effects, ways) in units.items():
            for chosen in dict.fromkeys(ways):
                curves[Sweep(tested_on, chosen.errors, chosen.start_layer, unit)] = sweep_counts(
                    model, nodes, effects, examples, counts, chosen, metric=read, progress=progress
                )
    return curves


def _neurons(model: LanguageModel, metric: Metric) -> Dictionaries:
    """The neurons of every site that the metric depends on."""
    sites = [site for site in model.sites if metric.site is None or site <= metric.site]
    return {site: IdentityDictionary(model.width(site), model.dtype, model.device) for site in sites}

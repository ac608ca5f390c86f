"""The sweeps that a circuit carries: everything ablated, early layers left whole, without error nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from explorer_engine.attribution.averages import AverageEffects
from explorer_engine.attribution.metrics import Metric
from explorer_engine.circuits.curve import Curve, Sweep
from explorer_engine.circuits.discovery import average_effects
from explorer_engine.circuits.faithfulness import NODE_COUNTS, default_start_layer, sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, IdentityDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress

__all__ = ["measured_sweeps"]


def measured_sweeps(
    model: LanguageModel,
    dictionaries: Dictionaries,
    averages: AverageEffects,
    found_on: Examples,
    tests: Mapping[str, Examples],
    circuit: CircuitOptions,
    options: SweepOptions | None = None,
    counts: Iterable[int] = NODE_COUNTS,
    *,
    metric: str | Metric | None = None,
    progress: Progress | None = None,
) -> dict[Sweep, Curve]:
    """Curves (§3.2) of features and of neurons on each of `tests`, by what their examples are in words.

    Features with everything ablated, from the options' start layer on, and without error nodes; neurons,
    which have none, the first two ways. `averages` are the features' effects; those of neurons are
    computed on `found_on`, as `circuit` says. Raises InputError as `sweep` does.
    """
    options, counts = options or SweepOptions(), tuple(counts)
    start = default_start_layer(model) if options.start_layer is None else options.start_layer
    everything, later = replace(options, start_layer=-1), replace(options, start_layer=start)
    neurons: Dictionaries = {
        site: IdentityDictionary(model.width(site), model.dtype, model.device) for site in model.sites
    }
    of_neurons = average_effects(model, neurons, found_on, circuit, progress=progress)
    units = {
        "features": (dictionaries, averages, (everything, later, replace(everything, errors="remove"))),
        "neurons": (neurons, of_neurons, (everything, later)),
    }
    return {
        Sweep(tested_on, chosen.errors, chosen.start_layer, unit): sweep_counts(
            model, nodes, effects, examples, counts, chosen, metric=metric, progress=progress
        )
        for tested_on, examples in tests.items()
        for unit, (nodes, effects, ways) in units.items()
        for chosen in dict.fromkeys(ways)
    }

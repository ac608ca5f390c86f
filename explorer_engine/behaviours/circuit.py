"""The circuit of a behaviour: what the model's own predictions in one cluster rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer_engine.attribution.averages import AverageEffects
from explorer_engine.behaviours.filter import examples_of
from explorer_engine.behaviours.members import Clusters, Name
from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.behaviours.rank import circuit_figures
from explorer_engine.behaviours.values import CircuitFigures
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.curve import TARGET
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry
from explorer_engine.circuits.sweeps import measured_sweeps, neuron_averages
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel

__all__ = ["behaviour_circuit", "figures_of"]


def behaviour_circuit(
    model: LanguageModel,
    dictionaries: Dictionaries,
    documents: Sequence[Sequence[int]],
    clusters: Clusters,
    cluster: int,
    options: BehaviourOptions,
    name: Name | None = None,
) -> CircuitEntry | None:
    """The zero-ablation, summed circuit of a cluster, with its faithfulness on contexts it was not found on.

    It has the fewest nodes that reach the options' faithfulness on the contexts that it is found on; what it
    had to reach stands in its provenance. None for a cluster that holds nothing.
    """
    found_on, held_out = _parted(clusters.members(cluster), options.circuit_contexts)
    if not len(found_on):
        return None
    examples, test = (
        examples_of(documents, clusters.predictions[own], options.context)
        for own in (found_on, held_out if len(held_out) else found_on)
    )
    chosen = CircuitOptions(
        metric="log-prob",
        baseline="zero",
        aggregation="sum",
        edge_threshold=options.edge_threshold,
        steps=options.steps,
        rule=options.rule,
        quadrature_error=options.quadrature_error,
    )

    def choose(averages: AverageEffects) -> float:
        return _threshold(model, dictionaries, averages, examples, options)

    found = discover(model, dictionaries, examples, chosen, choose=choose)
    curves = measured_sweeps(
        model,
        dictionaries,
        found.averages,
        neuron_averages(model, examples, chosen, found.steps),
        {"held-out contexts" if len(held_out) else "same contexts": test},
        SweepOptions(ablation="zero"),
        sorted({*options.swept, options.circuit_nodes}),
        metric="log-prob",
    )
    behaviour = clusters.first_id + cluster
    label = clusters.label(cluster, name)
    provenance = {**found.circuit.provenance, TARGET: options.faithfulness}
    return CircuitEntry(
        id=f"behaviour-{behaviour}",
        title=label[0] if label else f"Behaviour {behaviour}",
        kind="behaviour",
        circuit=replace(found.circuit, provenance=provenance),
        behaviour=behaviour,
        faithfulness=curves,
    )


def _parted(members: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Of a cluster's members at most n to find its circuit on and n held out, the most certain in turn."""
    own = members[: 2 * n]
    return own[0::2], own[1::2]


def _threshold(
    model: LanguageModel,
    dictionaries: Dictionaries,
    averages: AverageEffects,
    examples: Examples,
    options: BehaviourOptions,
) -> float:
    """Node threshold of the smallest circuit faithful enough on these examples, else of the largest."""
    most = options.circuit_nodes
    sizes = sorted({most, *(n for n in options.swept if n < most)})
    everything = SweepOptions(ablation="zero", start_layer=-1)
    curve = sweep_counts(model, dictionaries, averages, examples, sizes, everything, metric="log-prob")
    enough = (point for point in curve if point.faithfulness >= options.faithfulness)
    return next(enough, curve[-1]).threshold


def figures_of(circuit: Circuit) -> CircuitFigures:
    """A circuit in the numbers that a list is sorted by."""
    return circuit_figures(
        [node.effect for node in circuit.nodes if not node.is_error],
        [node.effect for node in circuit.nodes if node.is_error],
        [edge.weight for edge in circuit.edges],
    )

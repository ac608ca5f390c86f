"""The circuit of a behaviour: what the model's own predictions in one cluster rest on."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.behaviours.filter import examples_of
from explorer_engine.behaviours.members import Clusters, Name
from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.behaviours.rank import circuit_figures
from explorer_engine.behaviours.values import CircuitFigures
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry
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
    """The zero-ablation, summed circuit of a cluster's most certain contexts, with its faithfulness on them.

    None for a cluster that holds nothing.
    """
    own = clusters.members(cluster)[: options.circuit_contexts]
    if not len(own):
        return None
    examples = examples_of(documents, clusters.predictions[own], options.context)
    chosen = CircuitOptions(
        metric="log-prob",
        baseline="zero",
        aggregation="sum",
        n_nodes=options.circuit_nodes,
        edge_threshold=options.edge_threshold,
    )
    found = discover(model, dictionaries, examples, chosen)
    curve = sweep_counts(
        model,
        dictionaries,
        found.averages,
        examples,
        options.swept,
        SweepOptions(ablation="zero"),
        metric="log-prob",
    )
    behaviour = clusters.first_id + cluster
    label = clusters.label(cluster, name)
    return CircuitEntry(
        id=f"behaviour-{behaviour}",
        title=label[0] if label else f"Behaviour {behaviour}",
        kind="behaviour",
        circuit=found.circuit,
        behaviour=behaviour,
        faithfulness={"features": curve},
    )


def figures_of(circuit: Circuit) -> CircuitFigures:
    """A circuit in the numbers that a list is sorted by."""
    return circuit_figures(
        [node.effect for node in circuit.nodes if not node.is_error],
        [node.effect for node in circuit.nodes if node.is_error],
        [edge.weight for edge in circuit.edges],
    )

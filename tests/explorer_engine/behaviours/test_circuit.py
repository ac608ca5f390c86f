"""A behaviour's circuit: found on every other context, just large enough there, tested on those between."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from explorer_engine.behaviours.circuit import behaviour_circuit
from explorer_engine.behaviours.filter import Predictions, examples_of
from explorer_engine.behaviours.members import Clusters
from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.circuits.curve import TARGET, Sweep, whole_circuit
from explorer_engine.circuits.faithfulness import sweep
from explorer_engine.circuits.options import SweepOptions
from tests.explorer_engine.tiny import mixed_dictionaries, tiny_model

OPTIONS = BehaviourOptions(
    context=6, circuit_contexts=3, circuit_nodes=40, swept=(2, 5, 10, 20, 40, 80), faithfulness=0.5
)
MODEL = tiny_model("gpt_neox")
DICTIONARIES = mixed_dictionaries(MODEL)
DOCUMENTS = torch.randint(
    1, MODEL.hf.config.vocab_size, (9, 8), generator=torch.Generator().manual_seed(0)
).tolist()


def clusters(n: int) -> Clusters:
    """One cluster of n contexts, the last the most certain."""
    answers = np.array([document[7] for document in DOCUMENTS[:n]])
    found = Predictions(np.arange(n), np.full(n, 7), answers, np.linspace(0.9, 0.1, n))
    return Clusters(found, np.zeros(n, dtype=int), first_id=4)


@cache
def entry(n: int, options: BehaviourOptions = OPTIONS):
    return behaviour_circuit(MODEL, DICTIONARIES, DOCUMENTS, clusters(n), 0, options)


def expected(contexts: list[int], circuit, **options):
    """The point of a circuit's own threshold on some contexts."""
    examples = examples_of(DOCUMENTS, clusters(9).predictions[np.array(contexts)], OPTIONS.context)
    (point,) = sweep(
        MODEL, DICTIONARIES, circuit, examples, [circuit.node_threshold], SweepOptions("zero", **options),
        metric="log-prob",
    )  # fmt: skip
    return point


def test_it_carries_every_sweep_on_contexts_held_out():
    found = entry(9)
    assert found.circuit.n_examples == 3 and found.circuit.provenance[TARGET] == 0.5
    start = MODEL.n_layers // 3
    assert sorted(found.faithfulness) == sorted(
        Sweep("held-out contexts", *how)
        for how in (
            ("circuit", -1), ("circuit", start), ("remove", -1), ("circuit", -1, "neurons"),
            ("circuit", start, "neurons"),
        )
    )  # fmt: skip
    point = expected([7, 5, 3], found.circuit, start_layer=-1)
    which, measured = whole_circuit(found.faithfulness, found.circuit.node_threshold)
    assert which == Sweep("held-out contexts") and measured.measured
    assert (measured.faithfulness, measured.n_nodes) == (
        pytest.approx(point.faithfulness, abs=1e-4),
        len(found.circuit.nodes),
    )


@pytest.mark.parametrize("target", [0.0, 0.5, 0.9])
def test_it_is_the_smallest_size_that_is_faithful_where_it_was_found(target):
    options = replace(OPTIONS, faithfulness=target)
    found = entry(9, options)
    curve = {size: entry(9, replace(options, swept=(), circuit_nodes=size)) for size in OPTIONS.swept[:5]}
    reached = [
        size
        for size, one in curve.items()
        if expected([8, 6, 4], one.circuit, start_layer=-1).faithfulness >= target
    ]
    assert len(found.circuit.nodes) == (min(reached) if reached else 40)


@pytest.mark.parametrize(("n", "n_found", "tested_on"), [(3, 2, "held-out"), (1, 1, "same")])
def test_a_small_cluster_is_halved_and_a_single_context_says_that_it_is_the_same(n, n_found, tested_on):
    found = entry(n)
    assert found.circuit.n_examples == n_found
    assert {s.tested_on for s in found.faithfulness} == {f"{tested_on} contexts"}

"""The benchmark's plain implementation agrees with the engine, so that its ratios compare equal work."""

from __future__ import annotations

import torch

from benchmarks.circuit_discovery_floor import floor_of
from benchmarks.circuit_discovery_plain import plain_edges, plain_nodes
from explorer_engine.attribution.averages import EffectSums
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.nodes import node_effects
from tests.golden.load import golden_dictionaries, golden_examples, golden_model


def test_plain_and_engine_agree():
    model, dictionaries, examples = golden_model(), golden_dictionaries(), golden_examples()[:3]
    effects = node_effects(model, dictionaries, examples)
    plain = plain_nodes(model, dictionaries, examples)
    for site, (_, delta, gradient) in plain.items():
        torch.testing.assert_close(effects.dense(site), gradient[0] * delta[0])
        torch.testing.assert_close(effects.error(site), (gradient[1] * delta[1]).sum(-1))
    sums = EffectSums("none")
    sums.add(effects)
    nodes = sums.average().nodes(sums.average().threshold_for(40))
    ours = edge_sums(model, dictionaries, effects, nodes)
    one_by_one, many = plain_edges(model, dictionaries, examples, plain, nodes, together=False)
    together, few = plain_edges(model, dictionaries, examples, plain, nodes, together=True)
    assert many > few
    assert ours.keys() == one_by_one.keys() == together.keys()
    for pair, weights in ours.items():
        torch.testing.assert_close(weights, one_by_one[pair].double(), atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(weights, together[pair].double(), atol=1e-6, rtol=1e-6)


def test_the_floor_grows_with_what_must_be_done():
    model, dictionaries, examples = golden_model(), golden_dictionaries(), golden_examples()
    few, many = (floor_of(model, dictionaries, examples, {}, steps=n) for n in (5, 10))
    assert 0 < few.nodes < many.nodes < 2.5 * few.nodes
    assert few.edges == 0

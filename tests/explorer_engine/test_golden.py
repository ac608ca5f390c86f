"""Equality with the golden numbers of the published method, in float64, below 1e-9."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer_engine.attribution.averages import EffectSums, SiteNodes
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.circuits.effects import average_effects
from explorer_engine.circuits.faithfulness import sweep
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.sites import Site
from tests.golden.load import ablations, golden_dictionaries, golden_examples, golden_model, numbers

TOLERANCE = 1e-9
S, F, THRESHOLD = 5, 64, 0.2


def close(ours: Tensor, golden: Tensor) -> bool:
    assert ours.shape == golden.shape
    return float((ours - golden).abs().max()) < TOLERANCE


def all_nodes(positions: bool) -> dict[Site, SiteNodes]:
    features = torch.arange(F + 1)
    one = (
        SiteNodes(features.repeat(S), torch.arange(S).repeat_interleave(F + 1))
        if positions
        else SiteNodes(features, None)
    )
    return dict.fromkeys(golden_model().sites, one)


def test_logits():
    examples = golden_examples()
    assert close(golden_model().logits(examples.tokens, examples.mask), numbers()["clean_logits"])


@pytest.mark.parametrize(("method", "name"), [("ig", "ig"), ("attribution", "attrib")])
def test_node_effects_deltas_and_gradients(method, name):
    z = numbers()
    effects = node_effects(golden_model(), golden_dictionaries(), golden_examples(), method=method)
    assert close(effects.total, z["ig.total_effect"])
    for site, here in effects.sites.items():
        assert close(effects.dense(site), z[f"{name}.effects.{site}.act"])
        assert close(effects.error(site).unsqueeze(-1), z[f"{name}.effects.{site}.resc"])
        assert close(here.site_gradient, z[f"{name}.grads.{site}.res"])
        # what the metric does not depend on (the last layer away from the last position) is not encoded
        read = here.site_gradient.any(-1)
        assert int(read.sum()) == (8 * S if site.layer < 2 else 8)
        assert close(here.features.error_delta[read], z[f"ig.deltas.{site}.res"][read])
        entry = (here.features.token // S, here.features.token % S, here.features.feature)
        assert close(here.gradient, z[f"{name}.grads.{site}.act"][entry])
        deltas = torch.zeros(8, S, F, dtype=torch.float64)
        deltas[entry] = here.features.delta
        assert close(deltas[read], z[f"ig.deltas.{site}.act"][read])


@pytest.mark.parametrize("example", [0, 3, 7])
def test_edges_of_one_example_before_aggregation(example):
    z, model, dictionaries = numbers(), golden_model(), golden_dictionaries()
    effects = node_effects(model, dictionaries, golden_examples()[example : example + 1])
    edges = edge_sums(model, dictionaries, effects, all_nodes(positions=True))
    compared = 0
    for (up, down), weights in edges.items():
        for (b, s, f), golden in zip(z[f"jvp.{up}.{down}.idx"], z[f"jvp.{up}.{down}.val"], strict=True):
            if int(b) == example:
                assert close(weights[int(s) * (F + 1) + int(f)].reshape(S, F + 1), golden)
                compared += 1
    assert compared > 10


@pytest.mark.parametrize("aggregation", ["none", "sum"])
def test_circuits(aggregation):
    z, model, dictionaries = numbers(), golden_model(), golden_dictionaries()
    effects = node_effects(model, dictionaries, golden_examples())
    sums = EffectSums(aggregation)
    sums.add(effects)
    for site, table in sums.average().tables.items():
        name = f"circuit_{aggregation}.nodes.{site}"
        assert close(table, torch.cat([z[f"{name}.act"], z[f"{name}.resc"]], -1).reshape(table.shape))
    edges = edge_sums(model, dictionaries, effects, all_nodes(aggregation == "none"), own_threshold=THRESHOLD)
    assert len(edges) == 15
    for (up, down), weights in edges.items():
        name = f"circuit_{aggregation}.edges.{up}.{down}"
        golden = torch.zeros(tuple(z[f"{name}.shape"].tolist()), dtype=torch.float64)
        golden[tuple(z[f"{name}.idx"].T)] = z[f"{name}.val"]
        assert close(weights / 8, golden.reshape(weights.shape))


@pytest.mark.parametrize("ablation", ["mean", "zero"])
@pytest.mark.parametrize(("errors", "name"), [("circuit", "default"), ("remove", "remove"), ("keep", "keep")])
@pytest.mark.parametrize(
    ("aggregation", "thresholds"), [("none", [0.01, 0.03, 0.1, 0.3]), ("sum", [0.03, 0.1, 0.3])]
)
def test_ablation_rows(aggregation, thresholds, errors, name, ablation):
    model, golden, examples = golden_model(), ablations(), golden_examples("test.")
    averages = average_effects(
        model, golden_dictionaries(), golden_examples(), CircuitOptions(aggregation=aggregation)
    )
    for where, start in (("withembed", -1), ("all", 0), ("start1", 1)):
        rows = sweep(
            model,
            golden_dictionaries(),
            averages,
            examples,
            thresholds,
            SweepOptions(ablation=ablation, errors=errors, start_layer=start),
        )
        empty = golden[f"Fempty.{where}.{ablation}.{name}"][0]
        for row in rows:
            key = f"{aggregation}.thr{row.threshold}.{where}.{ablation}.{name}"
            (inside, n_nodes, faithfulness), (outside, _, completeness) = (
                golden[f"{kind}.{key}"] for kind in ("FC", "Fcomp")
            )
            ours = (-row.m_empty, -row.m_circuit, -row.m_complement, row.faithfulness, row.completeness)
            theirs = (empty, inside, outside, faithfulness, completeness)
            assert ours == pytest.approx(theirs, abs=TOLERANCE, rel=0)
            assert row.n_nodes == n_nodes


def test_ablation_with_the_clean_prompts_as_reference():
    model, examples = golden_model(), golden_examples("test.")
    averages = average_effects(model, golden_dictionaries(), golden_examples())
    reference = golden_examples("test.").patched().patched()
    (row,) = sweep(
        model,
        golden_dictionaries(),
        averages,
        examples,
        [0.1],
        SweepOptions(start_layer=0),
        reference=reference,
    )
    assert -row.m_circuit == pytest.approx(
        ablations()["FC_patchNone.none.thr0.1.all.mean.default"][0], abs=TOLERANCE
    )

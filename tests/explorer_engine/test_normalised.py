"""Dictionaries with normalised inputs fit the contract: the engine's effects are those of plain autograd."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.ablation import set_features
from explorer_engine.attribution.gradients import quadrature
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import assert_edges, assert_effects, difference
from tests.explorer_engine.tiny import mixed_dictionaries, random_dictionary, tiny_examples, tiny_model

D, F = 8, 20
NORMALISED = [
    f"normalised {norm} {inner}"
    for norm in ("layer", "length")
    for inner in ("relu", "relu untied", "gated", "jumprelu", "topk", "batchtopk")
]


def normalised_and_others(model: LanguageModel, missing: tuple[str, ...] = ()) -> dict[Site, Dictionary]:
    """Every second site's dictionary normalises its input, each in another way."""
    out = mixed_dictionaries(model, missing)
    for i, site in enumerate(sorted(out)):
        if i % 2 == 0:
            name = NORMALISED[(5 * i) % len(NORMALISED)]
            out[site] = random_dictionary(name, model.width(site), F, seed=i)
    return out


@pytest.mark.parametrize("name", NORMALISED)
def test_one_feature_is_set_in_the_published_formula(name: str) -> None:
    x = torch.randn(5, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    d = random_dictionary(name, D, F, seed=1)
    f = d.encode(x)
    without = f.clone()
    without[:, 3] = 0
    expected = d.decode(without) + x - d.decode(f)
    torch.testing.assert_close(set_features(d, x, torch.tensor([3])), expected)


@pytest.mark.parametrize("name", NORMALISED)
def test_what_is_pulled_back_is_the_derivative(name: str) -> None:
    x = torch.randn(4, D, generator=torch.Generator().manual_seed(2), dtype=torch.float64).requires_grad_()
    d = random_dictionary(name, D, F, seed=2)
    f = d.encode(x)
    by_f = torch.randn(f.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    (expected,) = torch.autograd.grad((f * by_f).sum(), x)
    x, f = x.detach(), f.detach()
    token, feature = f.nonzero(as_tuple=True)
    strength = (d.slope(x, f) * by_f)[token, feature]
    torch.testing.assert_close(d.pull_back(x, token, feature, strength), expected, atol=1e-12, rtol=1e-10)
    every = torch.arange(d.n_features)
    each = d.pull_back_each(x, torch.arange(4).reshape(1, 4), every, (d.slope(x, f) * by_f).T)
    torch.testing.assert_close(each.sum(0), expected, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("zero", [False, True])
def test_node_effects_are_their_definition(zero: bool) -> None:
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 4, 5))
    dictionaries = normalised_and_others(model)
    effects = node_effects(
        model,
        dictionaries,
        examples,
        steps=3,
        metric="logit-diff",
        baseline="zero" if zero else "patch",
    )
    reference = Reference(model, dictionaries, examples, difference, zero)
    assert_effects(effects, reference, quadrature(3, "left"))


@pytest.mark.parametrize("aggregation", ["sum", "none"])
@pytest.mark.parametrize("missing", [(), ("mlp_0", "resid_1")])
def test_edge_effects_are_whole_model_derivatives(aggregation: str, missing: tuple[str, ...]) -> None:
    model = tiny_model("gpt_neox")
    assert_edges(model, aggregation, normalised_and_others(model, missing))


def test_a_circuit_of_all_nodes_is_the_whole_model() -> None:
    model, examples = tiny_model("gpt_neox"), tiny_examples()
    dictionaries = normalised_and_others(model)
    options = CircuitOptions(steps=2, aggregation="sum", node_threshold=0.0, edge_threshold=1e9)
    circuit = discover(model, dictionaries, examples, options).circuit
    curve = sweep(model, dictionaries, circuit, examples, [0.0, 0.1], options=SweepOptions(start_layer=-1))
    everything = min(curve, key=lambda point: point.threshold)
    assert everything.faithfulness == pytest.approx(1, abs=1e-8)


def test_no_feature_has_no_derivative() -> None:
    x, nothing = torch.randn(5, D, dtype=torch.float64), torch.zeros(0, dtype=torch.long)
    d = random_dictionary("normalised layer relu", D, F, seed=0)
    each = d.pull_back_each(x, torch.arange(5).reshape(1, 5), nothing, torch.zeros(0, 5, dtype=d.dtype))
    assert each.shape == (0, 5, D)
    assert not d.pull_back(x, nothing, nothing, nothing.to(d.dtype)).any()

"""Dictionaries with normalised inputs fit the contract: the engine's effects are those of plain autograd."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer_engine.ablation import set_features
from explorer_engine.attribution.gradients import quadrature
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.normalised import NormalisedDictionary
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import assert_edges, assert_effects, difference
from tests.explorer_engine.tiny import mixed_dictionaries, tiny_examples, tiny_model

D, F = 8, 20


def tensors(width: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    shapes = ((F, width), (F,), (F, width), (width,))
    return tuple(0.5 * torch.randn(shape, generator=g, dtype=torch.float64) for shape in shapes)  # type: ignore[return-value]


def normalised_and_others(model: LanguageModel, missing: tuple[str, ...] = ()) -> dict[Site, Dictionary]:
    """Every second site's dictionary normalises its input."""
    out = mixed_dictionaries(model, missing)
    for i, site in enumerate(sorted(out)):
        if i % 2 == 0:
            out[site] = NormalisedDictionary(*tensors(model.width(site), seed=i))
    return out


def test_it_is_the_published_formula() -> None:
    x = torch.randn(5, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    w_enc, b_enc, w_dec, b_dec = tensors(D)
    d = NormalisedDictionary(w_enc, b_enc, w_dec, b_dec)
    mean, scale = x.mean(1, keepdim=True), (x.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
    a = ((x - mean) / scale @ w_enc.T + b_enc).relu()
    torch.testing.assert_close(d.encode(x)[:, :F], scale * a)
    torch.testing.assert_close(d.decode(d.encode(x)), scale * (a @ w_dec + b_dec) + mean)
    without = a.clone()
    without[:, 3] = 0
    error = x - d.decode(d.encode(x))
    expected = scale * (without @ w_dec + b_dec) + mean + error
    torch.testing.assert_close(set_features(d, x, torch.tensor([3])), expected)


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
    d = NormalisedDictionary(*tensors(D))
    each = d.pull_back_each(x, torch.arange(5).reshape(1, 5), nothing, torch.zeros(0, 5, dtype=d.dtype))
    assert each.shape == (0, 5, D)
    assert not d.pull_back(x, nothing, nothing, nothing.to(d.dtype)).any()

"""Representations against effects, activations and gradients computed from their plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer_engine.attribution.nodes import node_effects
from explorer_engine.behaviours.cluster import clustered
from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions
from explorer_engine.behaviours.represent.dense import dense_activations, dense_effects
from explorer_engine.behaviours.represent.features import feature_activations, linear_effects
from explorer_engine.behaviours.represent.gradients import (
    SignProjection,
    layer_parameters,
    parameter_gradients,
)
from explorer_engine.behaviours.represent.kinds import represented
from explorer_engine.behaviours.represent.positions import POSITIONS
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import FAMILIES, mixed_dictionaries, tiny_examples, tiny_model

MODEL = tiny_model("gpt_neox")
DICTIONARIES = {
    site: dictionary
    for site, dictionary in mixed_dictionaries(MODEL).items()
    if dictionary.kind != "identity"
}
EXAMPLES = tiny_examples((6, 4, 5))


@pytest.mark.parametrize("last", [None, 1, 2])
def test_effects_are_absolute_and_summed_over_positions(last: int | None) -> None:
    found = linear_effects(MODEL, DICTIONARIES, EXAMPLES, last=last, batch_size=2)
    effects = node_effects(
        MODEL, DICTIONARIES, EXAMPLES, metric="log-prob", method="attribution", baseline="zero"
    )
    expected = [effects.dense(site).abs()[:, -last if last else 0 :].sum(1) for site in sorted(DICTIONARIES)]
    assert np.allclose(found.toarray(), torch.cat(expected, dim=1).numpy(), atol=1e-6)
    assert found.shape == (3, sum(d.n_features for d in DICTIONARIES.values()))
    clustered(found, ClusteringOptions(method="k-means"), BehaviourOptions(clusters=2))


@pytest.mark.parametrize("last", [None, 1])
def test_activations_are_summed_over_real_tokens(last: int | None) -> None:
    found = feature_activations(MODEL, DICTIONARIES, EXAMPLES, last=last, batch_size=2)
    parts = []
    for site, dictionary in sorted(DICTIONARIES.items()):
        x = MODEL.activations(EXAMPLES.tokens, EXAMPLES.mask, [site])[site]
        f = dictionary.encode(x) * EXAMPLES.mask.unsqueeze(-1)
        parts.append(f.abs()[:, -last if last else 0 :].sum(1))
    assert np.allclose(found.toarray(), torch.cat(parts, dim=1).numpy(), atol=1e-5)


@pytest.mark.parametrize("last", [None, 1, 5])
def test_dense_activations_are_the_sites_values_at_real_tokens(last: int | None) -> None:
    found = dense_activations(MODEL, MODEL.sites, EXAMPLES, last=last, batch_size=2)
    for row, length in enumerate((6, 4, 5)):
        tokens = EXAMPLES.tokens[row : row + 1, -length:]
        values = MODEL.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), MODEL.sites)
        expected = [values[site][0, -last if last else 0 :].sum(0) for site in MODEL.sites]
        assert np.allclose(found[row], torch.cat(expected).numpy(), atol=1e-5)


def loss_with(row: int, site: Site, shift: torch.Tensor) -> float:
    """−log p(answer) of an example while `shift` is added to a site's value."""
    tokens = EXAMPLES.tokens[row : row + 1, EXAMPLES.mask[row]]
    real = torch.ones_like(tokens, dtype=torch.bool)
    logits = MODEL.logits_edited(tokens, real, {site: lambda value: value + shift})
    assert EXAMPLES.answer is not None
    return -float(logits[0, -1].log_softmax(-1)[EXAMPLES.answer[row]])


@pytest.mark.parametrize("name", ["embed", "attn_1", "mlp_0", "resid_1"])
def test_a_dense_effect_is_the_value_times_its_slope(name: str) -> None:
    """Against central differences in float64."""
    site, row, dimension, h = Site.parse(name), 1, 3, 1e-5
    tokens = EXAMPLES.tokens[row : row + 1, EXAMPLES.mask[row]]
    value = MODEL.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [site])[site]
    effects = []
    for position in range(value.shape[1]):
        step = torch.zeros_like(value)
        step[0, position, dimension] = h
        slope = (loss_with(row, site, step) - loss_with(row, site, -step)) / (2 * h)
        effects.append(abs(slope * float(value[0, position, dimension])))
    whole, last = (dense_effects(MODEL, [site], EXAMPLES, last=last) for last in (None, 1))
    assert whole[row, dimension] == pytest.approx(sum(effects), rel=1e-4, abs=1e-7)
    assert last[row, dimension] == pytest.approx(effects[-1], rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_of_the_layers_without_norms_and_embeddings(family: str) -> None:
    model = tiny_model(family)
    found = layer_parameters(model)
    assert {model.n_layers} == {
        len({name.split(".layers.")[-1].split(".h.")[-1].split(".")[0] for name in found})
    }
    matrices = {
        name
        for i, layer in enumerate(model.layers)
        for name, p in model.hf.named_parameters()
        if p.ndim > 1 and any(p is own for own in layer.parameters())
    }
    assert matrices <= found.keys()
    assert not [name for name in found if "norm" in name or "ln_" in name or "emb" in name or "head" in name]


def test_projected_gradients_are_those_of_the_loss() -> None:
    """Against the cross-entropy's backward pass over the model's own parameters; the model stays frozen."""
    found = parameter_gradients(MODEL, EXAMPLES, k=5, seed=3)
    given = layer_parameters(MODEL)
    assert not any(p.requires_grad for p in MODEL.hf.parameters())
    for parameter in given.values():
        parameter.requires_grad_()
    try:
        tokens = EXAMPLES.tokens[1:2, EXAMPLES.mask[1]]
        logits = MODEL.hf(tokens).logits[0, -1]
        assert EXAMPLES.answer is not None
        torch.nn.functional.cross_entropy(logits[None], EXAMPLES.answer[1:2]).backward()
        whole = {name: parameter.grad for name, parameter in given.items()}
    finally:
        for parameter in given.values():
            parameter.requires_grad_(False)
            parameter.grad = None
    project = SignProjection({name: p.numel() for name, p in given.items()}, 5, seed=3)
    assert np.allclose(found[1], project(whole).numpy(), rtol=1e-5, atol=1e-6)


def test_a_projection_is_sparse_signs_and_linear() -> None:
    project = SignProjection({"a": 4, "b": 3}, 6)
    columns = np.stack(
        [project({"a": one[:4], "b": one[4:]}).numpy() for one in torch.eye(7, dtype=torch.float64)]
    )
    assert (np.abs(columns).sum(1) == 1).all() and set(np.unique(columns)) <= {-1.0, 0.0, 1.0}
    x = torch.arange(7.0, dtype=torch.float64)
    assert np.allclose(project({"a": x[:4].reshape(2, 2), "b": x[4:]}).numpy(), x.numpy() @ columns)


def test_projections_keep_inner_products_within_their_variance() -> None:
    """Over seeds: the mean is x·y and the variance (|x|²|y|² + (x·y)² − 2 Σ x²y²) / k."""
    x, y = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 200)))
    y = y + 0.5 * x
    k, seeds = 40, 600
    found = np.empty(seeds)
    for seed in range(seeds):
        project = SignProjection({"a": 150, "b": 50}, k, seed)
        px, py = (project({"a": v[:150], "b": v[150:]}) for v in (x, y))
        found[seed] = float(px @ py)
    expected = float(x @ x) * float(y @ y) + float(x @ y) ** 2 - 2 * float((x**2 * y**2).sum())
    variance = expected / k
    assert abs(found.mean() - float(x @ y)) < 4 * np.sqrt(variance / seeds)
    assert found.var() == pytest.approx(variance, rel=0.25)


@pytest.mark.parametrize("kind", ["effects", "activations", "dense-effects", "dense-activations"])
def test_positions_are_those_before_the_answer(kind) -> None:
    """In a prompt of four tokens the last five are all; the last one is less."""
    options = BehaviourOptions()
    short = EXAMPLES[1:2]
    of = {
        positions: represented(MODEL, DICTIONARIES, short, ClusteringOptions(kind, positions), options)
        for positions in POSITIONS
    }
    dense = {name: m if isinstance(m, np.ndarray) else m.toarray() for name, m in of.items()}
    assert np.allclose(dense["last-5"], dense["sum"]) and not np.allclose(dense["last-1"], dense["sum"])


@pytest.mark.parametrize("represent", [linear_effects, dense_effects])
def test_no_position_at_all_is_refused(represent) -> None:
    with pytest.raises(InputError, match="last 0: no position is summed"):
        represent(MODEL, DICTIONARIES, EXAMPLES, last=0)

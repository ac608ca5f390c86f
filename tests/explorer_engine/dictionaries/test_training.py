"""Training of dictionaries: reproducible, finding what was put in, and telling how far it is."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries.training import TrainingOptions, collect_activations, train_dictionary
from explorer_engine.dictionaries.training.options import TrainingKind
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import tiny_examples, tiny_model

SITE = Site("resid", 0)


def planted_values() -> tuple[Tensor, Tensor]:
    """Values [20000,32] that are sums of few of 20 directions [20,32], far from the origin."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.nn.functional.normalize(torch.randn(20, 32, generator=generator), dim=1)
    strength = torch.rand(20_000, 20, generator=generator) + 0.5
    active = (torch.rand(20_000, 20, generator=generator) < 0.08).float()
    return (strength * active) @ directions + 3.0, directions


OPTIONS = {
    "relu": TrainingOptions(features=32, steps=1500, batch=256, penalty=0.1),
    "batch-topk": TrainingOptions(kind="batch-topk", features=40, active=1.6, steps=1000, batch=256),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_dictionary_finds_the_directions_that_made_the_data(kind: str) -> None:
    values, directions = planted_values()
    found = train_dictionary(OPTIONS[kind], SITE, values)
    cosine = found.decoder @ directions.T
    assert float((cosine.max(0).values > 0.9).float().mean()) >= 0.9
    f = found.encode(values)
    residue = (values - found.decode(f)).square().sum() / (values - values.mean(0)).square().sum()
    assert float(residue) < 0.1
    assert torch.allclose(found.decoder.norm(dim=1), torch.ones(found.n_features), atol=1e-4)


def test_batch_topk_keeps_as_many_features_as_asked_and_ends_with_a_threshold() -> None:
    values, _ = planted_values()
    found = train_dictionary(OPTIONS["batch-topk"], SITE, values)
    active = float((found.encode(values) > 0).float().sum(1).mean())
    assert active == pytest.approx(1.6, rel=0.1)
    assert found.kind == "jumprelu"
    assert float(found.state()["threshold"].min()) > 0


def test_each_kind_of_site_has_its_own_size_and_sparsity() -> None:
    options = TrainingOptions(
        kind="batch-topk", features=64, attention_features=16, active=8, embed_active=2, steps=3, batch=16
    )
    sizes = {name: options.features_at(Site.parse(name)) for name in ("embed", "attn_0", "mlp_0", "resid_1")}
    assert sizes == {"embed": 64, "attn_0": 16, "mlp_0": 64, "resid_1": 64}
    assert [options.active_at(Site.parse(name)) for name in ("embed", "attn_0", "resid_1")] == [2, 8, 8]
    values = torch.randn(50, 8)
    assert train_dictionary(options, Site("attn", 0), values).n_features == 16


@pytest.mark.parametrize("kind", OPTIONS)
def test_the_same_options_give_the_same_dictionary(kind: TrainingKind) -> None:
    values = torch.randn(2000, 8, generator=torch.Generator().manual_seed(1))
    options = TrainingOptions(kind=kind, features=16, active=3, steps=60, batch=64)
    first, second = (train_dictionary(options, Site("mlp", 1), values) for _ in range(2))
    assert torch.equal(first.encoder, second.encoder)


def test_an_unknown_kind_names_the_near_one() -> None:
    with pytest.raises(InputError, match="did you mean batch-topk"):
        TrainingOptions(kind="batchtopk")  # type: ignore[arg-type]


def test_activations_are_the_models_own_at_every_token() -> None:
    model, windows = tiny_model("gpt2"), tiny_examples((6,) * 205)
    told: list[tuple[int, int, str]] = []
    values = collect_activations(model, windows, model.sites[:2], lambda *at: told.append(at))
    expected = model.activations(windows.tokens, windows.mask, model.sites[:2])
    for site, value in values.items():
        torch.testing.assert_close(value, expected[site].flatten(0, 1).half())
    assert told == [(done, 3, "activations") for done in range(4)]


def test_progress_ends_with_the_last_step() -> None:
    told: list[tuple[int, int, str]] = []
    options = TrainingOptions(features=4, steps=3, batch=8)
    train_dictionary(options, Site("mlp", 1), torch.randn(50, 8), lambda *at: told.append(at))
    assert told == [(done, 3, "dictionary mlp_1") for done in range(4)]


@pytest.mark.parametrize(
    "name",
    [
        "features",
        "embed_features",
        "active",
        "attention_active",
        "steps",
        "batch",
        "windows",
        "warm_up",
        "decay",
    ],
)
def test_an_option_that_cannot_work_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} is 0: give a"):
        TrainingOptions(**{name: 0})  # type: ignore[arg-type]

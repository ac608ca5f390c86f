"""Training of dictionaries: reproducible, finding what was put in, and telling how far it is."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.dictionaries.training import TrainingOptions, collect_activations, train_dictionary
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import tiny_examples, tiny_model


def test_a_dictionary_finds_the_directions_that_made_the_data() -> None:
    generator = torch.Generator().manual_seed(0)
    directions = torch.nn.functional.normalize(torch.randn(20, 32, generator=generator), dim=1)
    strength = torch.rand(20_000, 20, generator=generator) + 0.5
    active = (torch.rand(20_000, 20, generator=generator) < 0.08).float()
    values = (strength * active) @ directions + 3.0
    options = TrainingOptions(features=32, steps=1500, batch=256, penalty=0.1)
    found = train_dictionary(options, Site("resid", 0), values)
    cosine = found.decoder @ directions.T
    assert float((cosine.max(0).values > 0.9).float().mean()) >= 0.9
    f = found.encode(values)
    residue = (values - found.decode(f)).square().sum() / (values - values.mean(0)).square().sum()
    assert float(residue) < 0.1
    assert torch.allclose(found.decoder.norm(dim=1), torch.ones(32), atol=1e-4)


def test_the_same_options_give_the_same_dictionary() -> None:
    values = torch.randn(2000, 8, generator=torch.Generator().manual_seed(1))
    options = TrainingOptions(features=16, steps=60, batch=64)
    first, second = (train_dictionary(options, Site("mlp", 1), values) for _ in range(2))
    assert torch.equal(first.encoder, second.encoder)


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


@pytest.mark.parametrize("name", ["features", "steps", "batch", "windows", "warm_up", "decay"])
def test_an_option_that_cannot_work_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} is 0: give a"):
        TrainingOptions(**{name: 0})  # type: ignore[arg-type]

"""Training of the demo's parts, small: reproducible, resumable, and finding what was put in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer_engine.sites import Site
from precompute.demo import language_model as lm
from precompute.demo.dictionaries import DictionaryRecipe, train_dictionary

TINY = lm.LanguageModelRecipe(
    layers=1, width=16, heads=2, mlp=32, vocabulary=40, window=12, batch=4, steps=120, warm_up=5
)


@pytest.fixture
def tokens():
    return np.random.default_rng(0).integers(0, 40, (TINY.steps * TINY.batch, TINY.window), dtype=np.int32)


def _weights(model):
    return torch.cat([p.flatten() for p in model.parameters()])


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path, tokens, monkeypatch):
    whole = lm.train_language_model(TINY, tokens, tmp_path / "whole")
    steps = []
    step = lm._step

    def dies(*args):
        steps.append(1)
        if len(steps) == 111:
            raise KeyboardInterrupt
        step(*args)

    monkeypatch.setattr(lm, "_step", dies)
    with pytest.raises(KeyboardInterrupt):
        lm.train_language_model(TINY, tokens, tmp_path / "killed")
    monkeypatch.setattr(lm, "_step", step)
    resumed = lm.train_language_model(TINY, tokens, tmp_path / "killed")
    assert torch.equal(_weights(whole), _weights(resumed))


def test_checkpoints_are_log_spaced_and_load(tmp_path, tokens):
    final = lm.train_language_model(TINY, tokens, tmp_path)
    steps = lm.checkpoint_steps(TINY.steps)
    assert steps == (0, 1, 2, 4, 8, 16, 32, 64, 120)
    assert torch.allclose(
        _weights(lm.load_checkpoint(TINY, tmp_path, 0)), _weights(lm.new_model(TINY)), atol=1e-3
    )
    assert torch.allclose(_weights(lm.load_checkpoint(TINY, tmp_path, 120)), _weights(final), atol=1e-3)
    assert len(lm.checkpoint_steps(lm.LanguageModelRecipe().steps)) >= 12


def test_a_dictionary_finds_the_directions_that_made_the_data():
    generator = torch.Generator().manual_seed(0)
    directions = torch.nn.functional.normalize(torch.randn(20, 32, generator=generator), dim=1)
    strength = torch.rand(20_000, 20, generator=generator) + 0.5
    active = (torch.rand(20_000, 20, generator=generator) < 0.08).float()
    values = (strength * active) @ directions + 3.0
    recipe = DictionaryRecipe(features=32, steps=1500, batch=256, penalty=0.1)
    found = train_dictionary(recipe, Site("resid", 0), values)
    cosine = found.decoder @ directions.T
    assert float((cosine.max(0).values > 0.9).float().mean()) >= 0.9
    f = found.encode(values)
    residue = (values - found.decode(f)).square().sum() / (values - values.mean(0)).square().sum()
    assert float(residue) < 0.1
    assert torch.allclose(found.decoder.norm(dim=1), torch.ones(32), atol=1e-4)


def test_the_same_recipe_gives_the_same_dictionary():
    values = torch.randn(2000, 8, generator=torch.Generator().manual_seed(1))
    recipe = DictionaryRecipe(features=16, steps=60, batch=64)
    first, second = (train_dictionary(recipe, Site("mlp", 1), values) for _ in range(2))
    assert torch.equal(first.encoder, second.encoder)

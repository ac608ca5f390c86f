"""Training of the demo's language model, small: resumable, with checkpoints."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from precompute.demo import training as lm

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

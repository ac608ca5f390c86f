"""Training of a small language model: resumable, with checkpoints, in every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer_engine.errors import InputError
from explorer_engine.models import load_model
from precompute.language_model import training as lm
from precompute.language_model.families import new_model
from precompute.language_model.options import LanguageModelOptions

TINY = LanguageModelOptions(
    layers=1, width=16, heads=2, mlp=32, vocabulary=40, window=12, batch=4, steps=120, warm_up=5
)
FAMILIES = ("gpt-neox", "gpt2", "llama")


@pytest.fixture(autouse=True)
def one_thread():
    """Models so small are slower on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def tokens():
    return np.random.default_rng(0).integers(0, 40, (TINY.steps * TINY.batch, TINY.window), dtype=np.int32)


def _weights(model):
    return torch.cat([p.flatten() for p in model.parameters()])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path, tokens, monkeypatch, family):
    options, few = replace(TINY, family=family), tokens[:150]  # of which the third round begins
    whole = lm.train_language_model(options, few, tmp_path / "whole")
    steps = []
    step = lm._step

    def dies(*args):
        steps.append(1)
        if len(steps) == 111:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(lm, "_step", dies)
    with pytest.raises(KeyboardInterrupt):
        lm.train_language_model(options, few, tmp_path / "killed")
    monkeypatch.setattr(lm, "_step", step)
    resumed = lm.train_language_model(options, few, tmp_path / "killed")
    assert torch.equal(_weights(whole), _weights(resumed))


def test_checkpoints_are_log_spaced_and_load(tmp_path, tokens):
    final = lm.train_language_model(TINY, tokens, tmp_path)
    steps = lm.checkpoint_steps(TINY.steps)
    assert steps == (0, 1, 2, 4, 8, 16, 32, 64, 120)
    assert torch.allclose(
        _weights(lm.load_checkpoint(TINY, tmp_path, 0)), _weights(new_model(TINY)), atol=1e-3
    )
    assert torch.allclose(_weights(lm.load_checkpoint(TINY, tmp_path, 120)), _weights(final), atol=1e-3)
    assert len(lm.checkpoint_steps(LanguageModelOptions().steps)) >= 12


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_is_one_that_the_engine_reads(tmp_path, family):
    new_model(replace(TINY, family=family)).save_pretrained(tmp_path)
    _tokenizer().save_pretrained(tmp_path)
    assert [str(site) for site in load_model(tmp_path, device="cpu").sites][-1] == "resid_0"


def _tokenizer():
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({str(n): n for n in range(40)}, unk_token="0"))
    return PreTrainedTokenizerFast(tokenizer_object=words, bos_token="0", eos_token="0")


def test_windows_come_as_they_lie_and_then_each_once_in_a_new_order():
    windows = np.arange(10, dtype=np.int32)[:, None]
    seen = lm._Batches(windows, TINY)
    rounds = torch.cat([seen.at(step) for step in range(10)]).flatten().view(4, 10).tolist()
    assert rounds[0] == list(range(10))
    assert all(sorted(again) == rounds[0] for again in rounds)
    assert len({tuple(again) for again in rounds}) == 4
    assert lm._Batches(windows, TINY).at(7).flatten().tolist() == rounds[2][8:] + rounds[3][:2]


def test_the_loss_of_an_untrained_model_is_that_of_guessing(tokens):
    assert lm.loss_on(new_model(TINY), tokens[:50], batch=8) == pytest.approx(np.log(40), rel=0.02)


@pytest.mark.parametrize(
    ("change", "told"),
    [({"family": "gpt5"}, "gpt-neox, gpt2, llama"), ({"heads": 3}, "width 16"), ({"window": 11}, "window")],
)
def test_options_that_give_no_model_are_told(tmp_path, tokens, change, told):
    with pytest.raises(InputError, match=told):
        lm.train_language_model(replace(TINY, **change), tokens, tmp_path)

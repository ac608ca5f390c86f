"""The stage that trains a language model tells what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from explorer_engine.errors import InputError
from precompute.engine.run import run_stages
from precompute.language_model.options import LanguageModelOptions
from precompute.stages import language_model
from precompute.stages.tokenizer import save_tokenizer, train_tokenizer


def test_a_vocabulary_smaller_than_the_tokenizers_is_told(tmp_path):
    save_tokenizer(train_tokenizer(["some words"], 270), tmp_path / "tokenizer", 12)

    def windows():
        return np.zeros((4, 12), np.int32)

    options = LanguageModelOptions(vocabulary=100, window=12)
    stage = language_model.stage(options, tmp_path / "tokenizer", windows, windows, ())
    with pytest.raises(InputError, match=r"vocabulary is 100.* has 2\d\d tokens"):
        run_stages([stage], tmp_path / "work")

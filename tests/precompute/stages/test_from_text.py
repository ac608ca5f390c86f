"""From the installed packages' text to a model that is trained on it, killed again and again."""

from __future__ import annotations

import json
import math
import os
from importlib.metadata import distributions

import pytest
import torch

from explorer_engine.models import load_model
from precompute.engine.hashes import content_hash
from precompute.engine.run import run_stages
from precompute.language_model import training
from precompute.language_model.options import LanguageModelOptions
from precompute.stages import language_model, text, tokenizer
from precompute.windows import StoredWindows

KILLS = {"tokenizer": (2, 3), "text": (5, 3, 4), "language-model": (9, 4, 4)}
"""Stage → each run dies as it puts this file of it in place: the tokenizer, a state, the rows, the model."""
DOCSTRINGS = [f"Return the {w} of {n} {w}s, or {n + 1} when the {w} is {n}." for n in range(60) for w in
              ("key", "row", "name", "model", "layer", "index", "window", "token")]  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread():
    """Models so small are slower on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def package(tmp_path, monkeypatch):
    """The one package that is installed."""
    about = tmp_path / "site" / "tiny-1.0.dist-info"
    about.mkdir(parents=True)
    functions = [f'def f{n}():\n    """{said}"""\n' for n, said in enumerate(DOCSTRINGS)]
    for part in range(8):
        (tmp_path / "site" / f"tiny{part}.py").write_text("".join(functions[part::8]))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n\nTiny.\n")
    (about / "RECORD").write_text("".join(f"tiny{part}.py,,\n" for part in range(8)))
    only = list(distributions(path=[str(tmp_path / "site")]))
    monkeypatch.setattr("precompute.texts.sources.packages.distributions", lambda path: only)


def make(work):
    """The three stages; returns what each made."""
    options = text.TextOptions(
        source="installed-packages", window=24, documents=20, training_windows=120, test_windows=20
    )
    model = LanguageModelOptions(
        family="gpt2", layers=2, width=16, heads=2, mlp=32, vocabulary=400, window=24, batch=8, steps=60,
        learning_rate=1e-2, warm_up=5,
    )  # fmt: skip
    files = work / "text" / "training.npy", work / "text" / "test.npy"
    stages = [
        tokenizer.stage(tokenizer.TokenizerOptions(vocabulary=400, window=24), options),
        text.stage(options, work / "tokenizer" / "tokenizer"),
        language_model.stage(
            model,
            work / "tokenizer" / "tokenizer",
            lambda: StoredWindows(files[0]).tokens,
            lambda: StoredWindows(files[1]).tokens,
            files,
        ),
    ]
    run_stages(stages, work)
    return {name: content_hash(work / name) for name in KILLS}


def test_text_becomes_a_model_and_every_kill_ends_in_the_same_one(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVED_EVERY", 20)
    whole = make(tmp_path / "whole")
    found = json.loads((tmp_path / "whole" / "language-model" / "loss.json").read_text())
    assert found["windows"] == 20 and found["loss"] < math.log(400) - 2
    read = load_model(tmp_path / "whole" / "language-model" / "model", device="cpu")
    assert read.tokenizer.eos_token_id == 0 and len(read.sites) == 7
    replace = os.replace
    for name, kills in KILLS.items():
        for n in kills:
            left = [n]

            def dies(source, target, *, folder=str(tmp_path / "killed" / name), left=left):
                if str(target).startswith(folder):
                    left[0] -= 1
                    if not left[0]:
                        raise KeyboardInterrupt
                replace(source, target)

            monkeypatch.setattr(os, "replace", dies)
            with pytest.raises(KeyboardInterrupt):
                make(tmp_path / "killed")
    monkeypatch.setattr(os, "replace", replace)
    assert make(tmp_path / "killed") == whole

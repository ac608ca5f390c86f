"""Training all dictionaries together: what the model says through them, how sparse they stay, kills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary
from explorer_engine.dictionaries.quality import dictionary_quality
from explorer_engine.dictionaries.training import (
    SiteActivations,
    TrainingOptions,
    checkpoint,
    train_dictionary,
    train_jointly,
)
from explorer_engine.errors import InputError
from explorer_engine.models import Edit, LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import tiny_model

OPTIONS = {
    "batch-topk": TrainingOptions(
        kind="batch-topk", features=48, active=4, steps=150, batch=128, joint_steps=60, joint_batch=8
    ),
    "topk": TrainingOptions(kind="topk", features=48, active=4, steps=150, batch=128, joint_steps=60),
    "relu": TrainingOptions(features=48, penalty=0.1, steps=150, batch=128, joint_steps=60),
}


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return tiny_model("gpt_neox")


@pytest.fixture(scope="module")
def windows(model: LanguageModel) -> Examples:
    tokens = torch.randint(1, 40, (64, 12), generator=torch.Generator().manual_seed(0))
    return Examples(tokens, torch.ones_like(tokens, dtype=torch.bool))  # type: ignore[arg-type]


def each(options: TrainingOptions, model: LanguageModel, windows: Examples) -> dict[Site, Dictionary]:
    """Every site's dictionary, trained by itself."""
    return {
        site: train_dictionary(options, site, SiteActivations(model, site, windows, options))
        for site in model.sites
    }


def said_otherwise(model: LanguageModel, dictionaries: Mapping[Site, Dictionary], windows: Examples) -> float:
    """Nats a token between what the model says and what it says through all reconstructions."""
    edits = {site: _through(dictionary) for site, dictionary in dictionaries.items()}
    says = model.logits(windows.tokens, windows.mask).softmax(-1)
    through = model.logits_edited(windows.tokens, windows.mask, edits).softmax(-1)
    return float((says * (says / through).log()).sum(-1).mean())


def _through(dictionary: Dictionary) -> Edit:
    return lambda values: dictionary.decode(dictionary.encode(values))


@pytest.mark.parametrize("kind", OPTIONS)
def test_the_model_says_more_of_the_same_through_all_of_them_and_each_stays_as_sparse(
    kind: str, model: LanguageModel, windows: Examples
) -> None:
    options = OPTIONS[kind]
    before = each(options, model, windows)
    after = train_jointly(options, model, before, windows)
    assert list(after) == list(model.sites)
    assert said_otherwise(model, after, windows) < 0.92 * said_otherwise(model, before, windows)
    for site, found in after.items():
        assert found.kind == before[site].kind
        assert torch.allclose(found.decoder.norm(dim=1), torch.ones(found.n_features), atol=1e-4)
        was, now = (dictionary_quality(model, site, d, windows) for d in (before[site], found))
        wanted = was.l0 if kind == "relu" else options.active
        assert now.l0 == pytest.approx(wanted, rel=0.3), site
        assert now.variance_explained > was.variance_explained - 0.05, site


class Killed(Exception):
    """In the middle of a training."""


@pytest.mark.parametrize("kind", OPTIONS)
def test_killed_anywhere_it_goes_on_to_the_very_same_tensors(
    kind: str, model: LanguageModel, windows: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SAVED_EVERY", 0)
    options, file = replace(OPTIONS[kind], steps=3, joint_steps=7), tmp_path / "jointly.safetensors"
    before = each(options, model, windows)
    whole = train_jointly(options, model, before, windows)
    done: list[int] = []

    def dies(step: int, _total: int, _what: str) -> None:
        done.append(step)
        if len(done) in (3, 6):
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            train_jointly(options, model, before, windows, file, dies)
    found = train_jointly(options, model, before, windows, file, dies)
    for site, dictionary in whole.items():
        for name, value in dictionary.state().items():
            assert torch.equal(found[site].state()[name], value), (site, name)


def test_one_window_is_refused(model: LanguageModel, windows: Examples) -> None:
    with pytest.raises(InputError, match="at least two"):
        train_jointly(OPTIONS["topk"], model, {}, windows[:1])

"""Figures of a dictionary: right at both ends of the scale, and the same after a way through the store."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer_engine.dictionaries import IdentityDictionary, ReluDictionary
from explorer_engine.dictionaries.quality import dictionary_quality, spliced_quality
from explorer_engine.dictionaries.rows import to_rows
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world
from tests.explorer_engine.tiny import random_dictionary, tiny_examples, tiny_model

RESID = Site("resid", 1)


def test_a_perfect_dictionary_loses_nothing() -> None:
    model = tiny_model("llama")
    found = dictionary_quality(model, RESID, IdentityDictionary(16, torch.float64), tiny_examples((6,) * 8))
    assert (found.site, found.kind, found.n_features, found.width) == (RESID, "identity", 16, 16)
    assert found.variance_explained == found.ce_recovered == found.alive == 1
    assert found.ce_delta == 0


def test_all_at_once_is_not_the_sum_of_one_at_a_time() -> None:
    """Zeros at the first layer leave nothing for zeros behind it to take away."""
    model, windows = tiny_model("llama"), tiny_examples((6,) * 8)
    rows = torch.eye(4, 16, dtype=torch.float64)
    silent = ReluDictionary(0 * rows, -torch.ones(4).double(), rows, torch.zeros(16).double())
    sites = [Site("resid", 0), RESID]
    alone = [dictionary_quality(model, site, silent, windows).ce_delta for site in sites]
    both = spliced_quality(model, dict.fromkeys(sites, silent), windows)
    assert both.ce_delta == pytest.approx(alone[1]) and both.ce_delta != pytest.approx(sum(alone))  # type: ignore[arg-type]
    perfect = dict.fromkeys(sites, IdentityDictionary(16, torch.float64))
    assert spliced_quality(model, perfect, windows).ce_delta == pytest.approx(0, abs=1e-12)


def test_a_dictionary_that_says_the_mean_recovers_nothing_against_the_mean() -> None:
    model, windows = tiny_model("llama"), tiny_examples((6,) * 8)
    mean = model.activations(windows.tokens, windows.mask, [RESID])[RESID].flatten(0, 1).mean(0)
    rows = torch.eye(4, 16, dtype=torch.float64)
    dictionary = ReluDictionary(0 * rows, -torch.ones(4).double(), rows, mean.double())
    found = dictionary_quality(model, RESID, dictionary, windows)
    assert found.ce_recovered_mean == pytest.approx(0, abs=1e-2)  # figures are taken in float32
    assert found.ce_recovered != pytest.approx(0, abs=1e-2)


def test_a_dictionary_that_says_nothing_loses_as_much_as_zeros() -> None:
    model, silent = tiny_model("llama"), -torch.ones(4, dtype=torch.float64)
    rows = torch.eye(4, 16, dtype=torch.float64)
    dictionary = ReluDictionary(0 * rows, silent, rows, torch.zeros(16, dtype=torch.float64))
    found = dictionary_quality(model, RESID, dictionary, tiny_examples((6,) * 8))
    assert found.ce_recovered == pytest.approx(0)
    assert found.variance_explained is not None and found.variance_explained <= 0
    assert found.l0 == found.l1 == found.alive == 0


def test_figures_are_those_of_all_tokens_at_once() -> None:
    """More tokens than are encoded, and more windows than are run, at one time."""
    model, windows = tiny_model("gpt2"), tiny_examples((12,) * 205)
    dictionary = random_dictionary("relu", 16, 24, seed=3)
    found = dictionary_quality(model, RESID, dictionary, windows, ce_windows=5)
    x = model.activations(windows.tokens, windows.mask, [RESID])[RESID].flatten(0, 1)
    f = dictionary.encode(x)
    unexplained = (x - dictionary.decode(f)).square().sum() / (x - x.mean(0)).square().sum()
    assert found.variance_explained == pytest.approx(1 - float(unexplained), rel=1e-9)
    assert found.l0 == pytest.approx(float((f > 0).double().sum(1).mean()), rel=1e-12)
    assert found.l1 == pytest.approx(float(f.sum(1).mean()), rel=1e-9)
    assert found.alive == pytest.approx(float((f > 0).any(0).double().mean()))


def test_windows_with_padding_are_refused() -> None:
    with pytest.raises(InputError, match="windows: some are padded"):
        dictionary_quality(
            tiny_model("llama"), RESID, IdentityDictionary(16, torch.float64), tiny_examples((6, 4))
        )


def test_figures_come_back_from_the_store_as_they_were(tmp_path: Path) -> None:
    resid = DictionaryQuality(Site("resid", 0), "topk", 4, 8, 1 / 3, 2.5, 0.1, 0.75, -1e-3, 0.9)
    attn = DictionaryQuality(Site("attn", 0), "relu", 4, 8, variance_explained=0.5)
    embed = DictionaryQuality(Site("embed", -1), "identity", 4, 8)
    store = ArtefactStore(build({**small_world(), **to_rows([resid, embed, attn])}, tmp_path))
    assert store.start.dictionaries() == (embed, attn, resid)

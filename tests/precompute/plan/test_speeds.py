"""Speeds: measured once, added up by the amount of work; sizes of a world are those of its parts."""

from __future__ import annotations

import pytest

from explorer_engine.dictionaries.training import TrainingOptions
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from precompute.engine.work import Work
from precompute.language_model.families import new_model
from precompute.language_model.options import LanguageModelOptions
from precompute.plan.speeds import Sample, Speeds

MODEL = LanguageModelOptions(
    "gpt2", layers=2, width=32, heads=2, mlp=64, vocabulary=600, window=48, batch=2, steps=3
)
FITTED = TrainingOptions(features=64, mlp_features=32, batch=16, steps=10)


@pytest.fixture(scope="module")
def speeds():
    return Speeds(Sample(lambda: LanguageModel(new_model(MODEL)), 48, 10, 5, trained=MODEL, fitted=FITTED))


def test_the_shape_counts_the_worlds_own_parts(speeds):
    shape = speeds.shape
    assert shape.tokens == 480
    assert shape.parameters == sum(p.numel() for p in new_model(MODEL).parameters())
    assert shape.dictionaries[Site("mlp", 1)] == (32, 32)
    assert shape.features == 5 * 64 + 2 * 32, "embed, two attentions, two layers, two MLPs"
    assert shape.weights == 32 * shape.features


def test_each_kind_of_work_takes_time_and_more_of_it_more(speeds):
    kinds = [Work(forward=1e4), Work(gradient=1e4), Work(encoded=1e4), Work(trained=10)]
    kinds += [Work(fitted={Site("resid", 0): 100}), Work(seconds=0.5)]
    for work in kinds:
        assert speeds.seconds(work) > 0
    both = Work(forward=2e4, trained=10)
    assert speeds.seconds(both) == pytest.approx(2 * speeds.seconds(kinds[0]) + speeds.seconds(kinds[3]))
    assert speeds.seconds(Work()) == 0

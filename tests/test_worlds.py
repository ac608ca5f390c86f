"""The small world of the page tests is a world: its model runs, its classifier can be cleaned."""

from __future__ import annotations

from contextlib import closing

import pytest
import torch

from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.worlds import PARTS, build_world, without


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return open_world(build_world(tmp_path_factory.mktemp("worlds") / "whole"))


def test_model_dictionaries_and_store_fit_each_other(world):
    stored = {d.site: d.n_features for d in world.store.start.dictionaries()}
    with closing(LoadedWorld(world)) as loaded:
        assert {site: d.n_features for site, d in loaded.dictionaries().items()} == stored
        model = loaded.model
        for id, text in world.store.reader.rows("SELECT id, text FROM token"):
            assert model.tokenizer.decode([id]) == text
        assert model.tokenizer(" the nurse helps").input_ids == [1, 2, 3]
        tokens = torch.tensor([[0, 1, 2, 3]])
        assert model.logits(tokens, torch.ones_like(tokens, dtype=torch.bool)).isfinite().all()


def test_the_classifier_of_the_small_world_can_be_cleaned(world):
    refs = [f.ref for f in world.store.classifiers.features("job")]
    with closing(LoadedWorld(world, workers=1)) as loaded:
        report = loaded.session("job").evaluate(refs, retrain=True)
    assert report.n_ablated == len(refs) == 2


def test_every_lack_is_another_world():
    found = [repr(without(part)) for part in PARTS]
    assert len(set(found)) == len(found)

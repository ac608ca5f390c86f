"""Ablation effects against edited runs of one text at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer_engine.ablation import feature_edits
from explorer_engine.dashboards.ablations import ablation_effects
from explorer_engine.sites import FeatureRef, Site
from tests.explorer_engine.tiny import VOCABULARY, random_dictionary, tiny_model

FEATURES = [4, 0, 4, 7, 0]
"""Of each text; 4 and 0 have two."""
TEXTS = [
    torch.randint(VOCABULARY, (n,), generator=torch.Generator().manual_seed(n)).tolist()
    for n in (9, 3, 5, 1, 7)
]


@pytest.mark.parametrize("kind", ["relu", "topk"])
@pytest.mark.parametrize(
    "site", [Site("embed", -1), Site("attn", 0), Site("mlp", 1), Site("resid", 1), Site("resid", 2)], ids=str
)
def test_ablation_effects_are_those_of_runs_without_the_feature(site: Site, kind: str) -> None:
    model = tiny_model("gpt_neox")
    dictionaries = {site: random_dictionary(kind, 16, 9, seed=2)}
    found = ablation_effects(model, site, dictionaries[site], FEATURES, TEXTS, k=4, batch_tokens=16)
    assert found.feature.tolist() == [0, 4, 7]
    for row, j in enumerate(found.feature.tolist()):
        weighted, weight = torch.zeros(VOCABULARY), torch.zeros(VOCABULARY)
        for feature, text in zip(FEATURES, TEXTS, strict=True):
            if feature != j:
                continue
            tokens, mask = torch.tensor([text]), torch.ones(1, len(text), dtype=torch.bool)
            clean = model.logits(tokens, mask)[0, -1].log_softmax(-1)
            edits = feature_edits(dictionaries, [FeatureRef(site, j)])
            without = model.logits_edited(tokens, mask, edits)[0, -1].log_softmax(-1)
            heavy = torch.maximum(clean, without).exp()
            weighted, weight = weighted + heavy * (without - clean), weight + heavy
        delta = (weighted / weight).numpy()
        assert found.delta[row] == pytest.approx(delta[found.tokens[row]], abs=1e-4)
        assert (np.diff(found.delta[row]) >= 0).all()
        if bool((weighted != 0).any()):  # else all tokens are alike
            order = np.argsort(weighted.numpy())
            assert set(found.tokens[row].tolist()) == {*order[:3].tolist(), *order[-1:].tolist()}
    assert np.abs(found.delta).max() > 1e-3

"""Representations against effects and activations computed one feature at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer_engine.attribution.nodes import node_effects
from explorer_engine.behaviours.represent import feature_activations, linear_effects
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from tests.explorer_engine.tiny import mixed_dictionaries, tiny_examples, tiny_model

MODEL = tiny_model("gpt_neox")
DICTIONARIES = {
    site: dictionary
    for site, dictionary in mixed_dictionaries(MODEL).items()
    if dictionary.kind != "identity"
}
EXAMPLES = tiny_examples((6, 4, 5))


@pytest.mark.parametrize("last", [None, 1, 2])
def test_effects_are_absolute_and_summed_over_positions(last: int | None) -> None:
    found = linear_effects(MODEL, DICTIONARIES, EXAMPLES, last=last, batch_size=2)
    effects = node_effects(
        MODEL, DICTIONARIES, EXAMPLES, metric="log-prob", method="attribution", baseline="zero"
    )
    expected = [effects.dense(site).abs()[:, -last if last else 0 :].sum(1) for site in sorted(DICTIONARIES)]
    assert np.allclose(found.matrix.toarray(), torch.cat(expected, dim=1).numpy(), atol=1e-6)
    assert found.matrix.shape == (3, sum(d.n_features for d in DICTIONARIES.values()))


@pytest.mark.parametrize("last", [None, 1])
def test_activations_are_summed_over_real_tokens(last: int | None) -> None:
    found = feature_activations(MODEL, DICTIONARIES, EXAMPLES, last=last, batch_size=2)
    parts = []
    for site, dictionary in sorted(DICTIONARIES.items()):
        x = MODEL.activations(EXAMPLES.tokens, EXAMPLES.mask, [site])[site]
        f = dictionary.encode(x) * EXAMPLES.mask.unsqueeze(-1)
        parts.append(f.abs()[:, -last if last else 0 :].sum(1))
    assert np.allclose(found.matrix.toarray(), torch.cat(parts, dim=1).numpy(), atol=1e-5)


def test_a_column_knows_its_feature() -> None:
    found = feature_activations(MODEL, DICTIONARIES, EXAMPLES)
    names = [
        FeatureRef(site, j) for site in sorted(DICTIONARIES) for j in range(DICTIONARIES[site].n_features)
    ]
    assert [found.feature(column) for column in range(len(names))] == names


def test_no_position_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="last 0: no position is summed"):
        linear_effects(MODEL, DICTIONARIES, EXAMPLES, last=0)

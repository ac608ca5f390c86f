"""What the store says of features over its documents: density, maximum, strongest contexts, shades."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.independent import world
from tests.independent.plain.model import by_length, values

FEATURES = 8
"""Features of the site that is read over all documents."""
CLOSE = 1e-5
"""Largest difference of an activation, in shares of its feature's maximum: float32."""
HALF = 2**-11
"""Windows are kept in half precision before they are shaded: its rounding, in shares of a value."""


def _features(site: str, n: int) -> list[world.Row]:
    """n features of a site that are ever active, spread over their densities."""
    return world.spread(
        world.rows("SELECT * FROM feature WHERE site = ? AND density > 0 ORDER BY density, feature", site), n
    )


def _slack(row: world.Row) -> float:
    """CLOSE, and for features that are hardly ever active the float32 rounding of what they read."""
    return CLOSE * row["maximum"] + 1e-6


def _contexts(site: str, feature: int) -> list[world.Row]:
    return world.rows(
        "SELECT * FROM feature_context WHERE site = ? AND feature = ? ORDER BY bin, rank", site, feature
    )


@torch.no_grad()
def test_density_maximum_and_strongest_contexts_over_all_documents():
    """Density = share of tokens with f > 0; the strongest contexts are the documents with the highest peaks.

    At the first attention, which is cheap to have for every document of the store.
    """
    site = "attn_0"
    features, whole = _features(site, FEATURES), world.documents()
    chosen = [row["feature"] for row in features]
    active, peaks = torch.zeros(len(chosen)), torch.zeros(len(whole), len(chosen))
    for rows, tokens in by_length(whole):
        f = world.dictionaries()[site].encode(values(world.model(), tokens, [site])[site])[..., chosen]
        active += (f > 0).sum((0, 1))
        peaks[rows] = f.amax(1)
    n_tokens = sum(map(len, whole))
    assert [row["n_tokens"] for row in world.rows("SELECT n_tokens FROM world")] == [n_tokens]
    for k, row in enumerate(features):
        # a token whose activation is 0 but for rounding may count on either side
        assert active[k].item() == pytest.approx(row["density"] * n_tokens, abs=1)
        slack = _slack(row)
        assert peaks[:, k].max().item() == pytest.approx(row["maximum"], abs=slack)
        top = [context for context in _contexts(site, row["feature"]) if context["bin"] == 0]
        expected = peaks[:, k].sort(descending=True).values[: len(top)]
        assert [c["activation"] for c in top] == pytest.approx(expected.tolist(), abs=slack)
        assert [peaks[c["document"], k].item() for c in top] == pytest.approx(expected.tolist(), abs=slack)
        assert len({c["document"] for c in top}) == len(top) > 0


@pytest.mark.parametrize("site", list(world.dictionaries())[1::3])
@torch.no_grad()
def test_contexts_show_the_activations_of_their_tokens(site):
    """The activation at the position, the document's peak in bin 0, and the window's shades in 255ths."""
    dictionary, whole = world.dictionaries()[site], world.documents()
    for row in _features(site, 4):
        contexts = _contexts(site, row["feature"])
        slack = _slack(row)
        tokens = torch.tensor([whole[c["document"]] for c in contexts])
        f = (
            dictionary.encode(values(world.model(), tokens, [site])[site])[..., row["feature"]]
            .double()
            .numpy()
        )
        assert f.max() == pytest.approx(row["maximum"], abs=slack)
        for own, context in zip(f, contexts, strict=True):
            assert own[context["position"]] == pytest.approx(context["activation"], abs=slack)
            if context["bin"] == 0:
                assert own.max() == pytest.approx(context["activation"], abs=slack)
            shown = own[context["first"] : context["first"] + len(context["shades"])]
            rounding = HALF * context["scale"] + slack
            assert shown.max() == pytest.approx(context["scale"], abs=rounding)
            shades = np.array(context["shades"], dtype=float) / 255 * context["scale"]
            assert np.abs(shades - shown).max() <= context["scale"] / 255 + rounding

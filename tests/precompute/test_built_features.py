"""Features of the tiny world: what the store says of them is what model and dictionaries do."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from explorer_engine.sites import Site
from tests.precompute.tiny_world import SITES, near, rows


@pytest.fixture(scope="module")
def activations(model, dictionaries, documents) -> dict[str, Tensor]:
    """Site → activations of its features on the documents [documents, window, features]."""
    tokens = torch.tensor(documents)
    values = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), dictionaries)
    return {str(site): dictionaries[site].encode(x) for site, x in values.items()}


def test_features_are_as_active_as_reported(built, activations):
    for row in rows(built.store, "SELECT * FROM feature WHERE feature % 7 = 0"):
        f = activations[row["site"]][..., row["feature"]]
        assert row["density"] == near(float((f > 0).float().mean()))
        assert row["maximum"] == near(float(f.max()))
        assert abs(sum(row["histogram"]) - int((f > 0).sum())) <= 2


def test_contexts_show_the_activations_that_the_model_has(built, activations, documents):
    found = rows(built.store, "SELECT * FROM feature_context WHERE feature % 7 = 0")
    assert {row["bin"] for row in found} == {0, 1, 2, 3, 4}
    for row in found:
        f = activations[row["site"]][row["document"], :, row["feature"]]
        window = f[row["first"] : row["first"] + len(row["shades"])]
        assert row["activation"] == near(float(f[row["position"]]))
        assert row["scale"] == near(float(window.max()))
        shades = torch.tensor(row["shades"]) / 255 * row["scale"]
        assert torch.allclose(shades, window, atol=float(row["scale"]) / 120)
        if row["bin"] == 0:
            assert float(f.max()) == near(row["activation"])


def test_the_first_context_is_the_strongest_of_all(built, activations, documents):
    for row in rows(built.store, "SELECT * FROM feature_context WHERE bin = 0 AND rank = 0 AND feature < 9"):
        f = activations[row["site"]][..., row["feature"]]
        assert row["activation"] == near(float(f.max()))
        top = rows(
            built.store,
            "SELECT top_tokens FROM feature WHERE site = ? AND feature = ?",
            row["site"],
            row["feature"],
        )
        assert documents[row["document"]][row["position"]] in top[0]["top_tokens"]


def test_neighbours_are_the_nearest_decoder_rows(built, dictionaries):
    whole = {
        str(s): torch.nn.functional.normalize(d.decoder, dim=1)
        for s, d in dictionaries.items()
        if d.width == 48
    }
    found = rows(built.store, "SELECT * FROM feature_neighbour WHERE site = 'resid_1' AND feature < 5")
    for row in found:
        cosine = whole["resid_1"][row["feature"]] @ whole[row["other_site"]][row["other_feature"]]
        assert row["cosine"] == near(float(cosine))
    for a, b in pairwise(sorted(found, key=lambda row: (row["feature"], row["rank"]))):
        assert a["feature"] != b["feature"] or a["cosine"] >= b["cosine"] - 1e-6


def test_an_ablated_feature_moves_the_next_token_as_reported(built, model, dictionaries, documents):
    found = rows(
        built.store,
        """SELECT f.site, f.feature, f.ablated, f.ablated_delta, c.document, c.position
           FROM feature f JOIN feature_context c ON c.site = f.site AND c.feature = f.feature
           WHERE c.bin = 0 AND c.rank = 0 AND f.feature IN (3, 30) ORDER BY f.site, f.feature""",
    )
    assert len(found) >= len(SITES)
    for row in found:
        site, j = Site.parse(row["site"]), row["feature"]
        tokens = torch.tensor([documents[row["document"]][: row["position"] + 1]])
        mask = torch.ones_like(tokens, dtype=torch.bool)

        def without(x: Tensor, d=dictionaries[site], j=j) -> Tensor:
            return x - d.encode(x)[..., j, None] * d.decoder[j]

        before = model.logits(tokens, mask)[0, -1].log_softmax(-1)
        after = model.logits_edited(tokens, mask, {site: without})[0, -1].log_softmax(-1)
        for token, delta in zip(row["ablated"], row["ablated_delta"], strict=True):
            assert delta == near(float(after[token] - before[token]), rel=1e-2, abs=2e-3)

"""Features of the tiny world: what the store says of them is what model and dictionaries do."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
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
        """SELECT a.site, a.feature, a.tokens, a.delta, c.document, c.position
           FROM feature_ablation a JOIN feature_context c ON c.site = a.site AND c.feature = a.feature
           WHERE c.bin = 0 AND c.rank = 0 AND a.feature % 27 = 3 ORDER BY a.site, a.feature""",
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
        for token, delta in zip(row["tokens"], row["delta"], strict=True):
            assert delta == near(float(after[token] - before[token]), rel=1e-2, abs=2e-3)


def test_features_of_circuits_and_lists_are_ablated_first_then_the_densest(built):
    uses = """SELECT site, feature, count(*) AS n FROM (
                  SELECT DISTINCT circuit, site, feature FROM circuit_node WHERE feature IS NOT NULL
                  UNION ALL SELECT task, site, feature FROM classifier_feature) GROUP BY site, feature"""
    found = rows(
        built.store,
        f"""SELECT coalesce(n, 0) AS n, f.density, a.site IS NOT NULL AS ablated
            FROM feature f LEFT JOIN ({uses}) USING (site, feature)
            LEFT JOIN feature_ablation a USING (site, feature)
            WHERE f.maximum > 0 ORDER BY n DESC, f.density DESC""",
    )
    keys = {True: [], False: []}
    for row in found:
        keys[row["ablated"]].append((row["n"], row["density"]))
    assert len(keys[True]) == 600 and keys[False], "some are left out"
    assert min(keys[True]) >= max(keys[False])
    assert min(keys[True])[0] == 0, "the budget reaches beyond those that stand somewhere"


def test_a_feature_measured_on_demand_has_the_numbers_that_are_stored(built, model):
    store = ArtefactStore(built.store)
    stored = rows(built.store, "SELECT * FROM feature_ablation WHERE feature % 12 = 5 ORDER BY site, feature")
    assert {row["site"] for row in stored} == set(SITES)
    with closing(LoadedWorld(open_world(built.world))) as loaded:
        for row in stored:
            ref = FeatureRef(Site.parse(row["site"]), row["feature"])
            told = {t.text: t.weight for t in store.features.weights(loaded.ablation(ref).changes)}
            expected = {
                model.tokenizer.decode([t]): d for t, d in zip(row["tokens"], row["delta"], strict=True)
            }
            assert told == pytest.approx(expected, abs=2e-4), ref

"""The tiny world as a whole: its tables, texts, model and dictionaries are what the recipe asks for.

Here and in the other `test_built_…` figures are computed again from what was published, by their plain
definition where there is one: that holds on any machine, although trained weights differ between machines.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from math import log

import numpy as np
import torch

from explorer_engine.sites import Site
from explorer_engine.world.world import open_world
from precompute.demo.corpus.windows import make_windows
from precompute.demo.recipe import DemoRecipe
from precompute.stages.publish import publish_world
from tests.precompute.tiny_world import FEATURES, SITES, VOCABULARY, near, rows

DOCUMENTS, WINDOW = 80, 64


def _count(built, table: str, where: str = "true") -> int:
    return rows(built.store, f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"]


def test_the_world_opens_and_says_what_it_is(built, model):
    world = open_world(built.world)
    (row,) = rows(built.store, "SELECT * FROM world")
    assert (row["family"], row["n_layers"], row["width"]) == ("gpt_neox", 3, 48)
    assert row["n_parameters"] == sum(p.numel() for p in model.hf.parameters())
    assert (row["vocabulary"], row["n_tokens"]) == (VOCABULARY, DOCUMENTS * WINDOW)
    assert [str(site) for site in model.sites] == SITES
    assert sorted(p.stem for p in world.dictionaries.glob("*.safetensors")) == sorted(SITES)


def test_every_table_has_the_rows_that_the_recipe_asks_for(built):
    assert _count(built, "document") == DOCUMENTS
    assert _count(built, "token") == VOCABULARY
    assert _count(built, "dictionary") == len(SITES)
    assert _count(built, "feature") == len(SITES) * FEATURES
    assert _count(built, "feature_neighbour") == 3 * len(SITES) * FEATURES
    assert _count(built, "clustering") == 2
    assert _count(built, "behaviour") == 2 * 4
    assert _count(built, "behaviour_context") == sum(
        row["n_samples"] for row in rows(built.store, "SELECT n_samples FROM clustering")
    )
    assert _count(built, "behaviour_neighbour") == 2 * 4 * 3
    assert _count(built, "training_loss") == 10 * (1 + 2 * 4)
    assert _count(built, "circuit") == 2 * 4 + 2 * 4 + 1, "behaviours, pairs apart and summed, the classifier"
    assert _count(built, "circuit_node", "site = 'y'") == _count(built, "circuit")
    assert _count(built, "classifier_text") == 64 + 64 + 48
    assert _count(built, "classifier_feature") == 10
    assert _count(built, "classifier_group") == 4 * 10
    assert _count(built, "shift_run") == 17
    assert _count(built, "feature_ablation") == 600
    assert _count(built, "provenance") == 12
    assert _count(built, "quality", "isnan(value)") == 0


def test_texts_are_the_same_on_every_machine(built):
    """They come from seeds alone; all that is trained comes from them."""

    def digest(sql: str) -> str:
        found = [list(row.values()) for row in rows(built.store, sql)]
        return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]

    assert digest("SELECT id, text FROM token ORDER BY id") == "1e0ec3df70ff2742"
    assert digest("SELECT id, tokens FROM document ORDER BY id") == "47cd4f427ddf8ca9"
    assert (
        digest("SELECT split, id, tokens, label, attribute FROM classifier_text ORDER BY ALL")
        == "0d4686073241b562"
    )


def test_tokens_are_the_tokenizers(built, model):
    for row in rows(built.store, "SELECT * FROM token WHERE id % 97 = 0"):
        assert model.tokenizer.decode([row["id"]]) == row["text"]


def test_figures_of_the_language_model_come_out_again(built, model):
    """Means over the test windows and another draw of as many."""
    with np.load(built.work / "corpus" / "test.npz") as found:
        first = found["tokens"]
    other = make_windows(model.tokenizer.backend_tokenizer, *first.shape, "abilities/900/1").tokens
    tokens = torch.from_numpy(np.concatenate([first, other]).astype(np.int64))
    logits = model.logits(tokens, torch.ones_like(tokens, dtype=torch.bool))[:, :-1]
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    found = {r["figure"]: r["value"] for r in rows(built.store, "SELECT figure, value FROM quality")}
    assert found["cross-entropy"] == near(float(loss))
    assert found["cross-entropy"] < log(VOCABULARY) - 1  # it has learned something
    assert found["next token"] == near(float((logits.argmax(-1) == tokens[:, 1:]).float().mean()))


def test_figures_of_the_dictionaries_come_out_again(built, model, dictionaries):
    with np.load(built.work / "corpus" / "test.npz") as found:
        tokens = torch.from_numpy(found["tokens"].astype(np.int64))
    mask = torch.ones_like(tokens, dtype=torch.bool)
    values = model.activations(tokens, mask, dictionaries)

    def loss(edits) -> float:
        logits = model.logits_edited(tokens, mask, edits)[:, :-1]
        return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()))

    clean = loss({})
    for depth, row in enumerate(rows(built.store, "SELECT * FROM dictionary ORDER BY depth")):
        site = Site.parse(row["site"])
        assert (row["site"], row["depth"]) == (SITES[depth], depth)
        dictionary, x = dictionaries[site], values[site].flatten(0, 1)
        assert (row["n_features"], row["width"]) == (FEATURES, dictionary.width)
        f = dictionary.encode(x)
        lost = (x - dictionary.decode(f)).square().sum() / (x - x.mean(0)).square().sum()
        assert row["variance_explained"] == near(1 - float(lost))
        assert row["l0"] == near(float((f > 0).sum(1).float().mean()))
        assert row["l1"] == near(float(f.sum(1).mean()))
        assert row["alive"] == near(float((f > 0).any(0).float().mean()))
        if row["site"] == "resid_1":
            rebuilt = loss({site: lambda v, d=dictionary: d.decode(d.encode(v))})
            zero = loss({site: torch.zeros_like})
            assert row["ce_delta"] == near(rebuilt - clean)
            assert row["ce_recovered"] == near(1 - (rebuilt - clean) / (zero - clean))


def test_a_world_that_carries_no_model_names_where_it_lies(built, tmp_path):
    recipe = DemoRecipe()
    source = recipe.source(built.work)
    publish_world(replace(recipe.words(built.work, "make it"), files={}), source, {}, built.work, tmp_path)
    world = open_world(tmp_path)
    assert (world.model, world.dictionaries) == (source.model_folder, source.dictionaries_folder)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["manifest.json", "world.duckdb"]
    assert world.key == open_world(built.world).key

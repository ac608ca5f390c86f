"""The classifier of the tiny world: its table comes out of the stored texts, probe and verdicts."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer_engine.sites import FeatureRef, Site
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.precompute.tiny_world import TASK, near, rows


@pytest.fixture(scope="module")
def pooled(built, model, dictionaries) -> dict[str, Tensor]:
    """By split, the mean over each text's tokens of the probe's site [texts, width]."""
    out = {}
    for split in ("ambiguous", "balanced", "test"):
        texts = rows(built.store, "SELECT tokens FROM classifier_text WHERE split = ? ORDER BY id", split)
        values = []
        for text in texts:
            tokens = torch.tensor([text["tokens"]])
            site = Site.parse("resid_1")
            values.append(
                model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [site])[site][0].mean(0)
            )
        out[split] = torch.stack(values)
    return out


def test_the_classifier_predicts_what_its_first_row_says(built, pooled):
    (stored,) = rows(built.store, "SELECT * FROM classifier")
    assert (stored["task"], tuple(stored["classes"]), stored["site"]) == ("-".join(TASK), TASK, "resid_1")
    texts = rows(built.store, "SELECT * FROM classifier_text WHERE split = 'test' ORDER BY id")
    first = (*stored["probe_weight"], stored["probe_bias"])
    probes = [torch.tensor(probe) for probe in (first, *(stored["other_probes"] or ()))]
    says = torch.stack([pooled["test"] @ probe[:-1] + probe[-1] > 0 for probe in probes])
    label, attribute = (torch.tensor([text[name] for text in texts]) for name in ("label", "attribute"))
    (run,) = rows(built.store, "SELECT * FROM shift_run WHERE name = 'original' AND split = 'test'")
    groups = [
        (says == label)[:, (label == a) & (attribute == b)].double().mean(1) for a in (0, 1) for b in (0, 1)
    ]
    told, of_attribute, worst = run["draws"][0]
    assert told == pytest.approx(float((says == label).float().mean()), abs=0.03)
    assert of_attribute == pytest.approx(float((says == attribute).float().mean()), abs=0.03)
    assert worst == pytest.approx(float(torch.stack(groups).min(0).values.mean()), abs=0.1)


def test_groups_of_a_feature_are_its_mean_activations(built, model, dictionaries):
    texts = rows(built.store, "SELECT * FROM classifier_text WHERE split = 'balanced' ORDER BY id")
    (first,) = rows(built.store, "SELECT site, feature FROM classifier_feature WHERE rank = 0")
    site, j = Site.parse(first["site"]), first["feature"]
    by_group: dict[tuple[int, int], list[float]] = {}
    for text in texts:
        tokens = torch.tensor([text["tokens"]])
        x = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [site])[site]
        f = dictionaries[site].encode(x)[0, :, j]
        by_group.setdefault((text["label"], text["attribute"]), []).append(float(f.mean()))
    found = rows(
        built.store,
        "SELECT * FROM classifier_group WHERE site = ? AND feature = ?",
        first["site"],
        first["feature"],
    )
    assert len(found) == 4
    for row in found:
        own = by_group[row["label"], row["attribute"]]
        assert row["mean"] == near(float(np.mean(own)))
        assert row["active"] == near(float(np.mean(np.array(own) > 0)))


def test_the_stored_table_comes_out_of_the_stored_texts_and_verdicts(built):
    features = rows(built.store, "SELECT * FROM classifier_feature ORDER BY rank")
    refs = [FeatureRef(Site.parse(row["site"]), row["feature"]) for row in features]
    spurious = [ref for ref, row in zip(refs, features, strict=True) if row["spurious_truth"]]
    with closing(LoadedWorld(open_world(built.world), workers=1)) as loaded:
        session = loaded.session("-".join(TASK))
        found = rows(built.store, "SELECT * FROM shift_run WHERE split = 'test'")
        stored = {row["name"]: row for row in found}
        (classifier,) = loaded.world.store.classifiers.all()
        ablation = classifier.parameters["ablation"]
        for name, ablated, retrain in (
            ("original", (), False),
            ("shift", spurious, False),
            ("shift+retrain", spurious, True),
        ):
            report = session.evaluate(ablated, retrain, ablation=ablation, split="test")
            label, attribute, worst = stored[name]["draws"][0]
            assert label == pytest.approx(report.accuracies.label.value, abs=0.03)
            assert attribute == pytest.approx(report.accuracies.attribute.value, abs=0.03)
            assert worst == pytest.approx(report.accuracies.worst.value, abs=0.1)
        (before,) = rows(built.store, "SELECT * FROM shift_run WHERE split = 'development'")
        assert before["label"] == pytest.approx(session.original.accuracies.label.value, abs=0.03)
        alone = session.alone(refs, ablation=ablation)
        of_one = 100 / (len(session.probes) * len(session.texts.balanced))
        assert [row["alone"] for row in features] == [pytest.approx(alone[ref], abs=of_one) for ref in refs]
    assert stored["shift"]["n_ablated"] == len(spurious)

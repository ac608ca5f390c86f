"""Stored accuracies before and after removing the spurious features come out again (SHIFT: the paper, §4)."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest
import torch

from tests.independent import world
from tests.independent.plain.model import by_length, values
from tests.independent.plain.shift import accuracies, pooled

TASK = world.rows("SELECT * FROM classifier ORDER BY task DESC")[0]


@cache
def texts() -> list[world.Row]:
    return world.rows(
        "SELECT * FROM classifier_text WHERE task = ? AND split = 'test' ORDER BY id", TASK["task"]
    )


def spurious() -> list[world.Row]:
    """Features of the classifier's circuit that the ground-truth annotator calls spurious."""
    return world.rows(
        "SELECT * FROM classifier_feature WHERE task = ? AND spurious_truth ORDER BY rank",
        TASK["task"],
    )


def probes() -> list[tuple[list[float], float]]:
    """Weight and bias of the classifier, and of its like with other seeds."""
    others = [(probe[:-1], probe[-1]) for probe in TASK["other_probes"]]
    return [(TASK["probe_weight"], TASK["probe_bias"]), *others]


def _accuracies(removed: dict[str, dict[int, float]]) -> list[float]:
    """Label, attribute and worst group, means over the probes, on the stored test texts."""
    tokens = [text["tokens"] for text in texts()]
    of_texts = pooled(world.model(), world.dictionaries(), tokens, TASK["site"], removed)
    label, attribute = (np.array([text[name] for text in texts()]) for name in ("label", "attribute"))
    found = [
        accuracies((of_texts @ torch.tensor(weight) + bias).numpy(), label, attribute)
        for weight, bias in probes()
    ]
    return [float(np.mean([of[name] for of in found])) for name in ("label", "attribute", "worst")]


def check(name: str, found: list[float]) -> None:
    """Against the stored figures of the first draw of texts, whose texts the store holds."""
    (stored,) = world.rows(
        "SELECT * FROM shift_run WHERE task = ? AND name = ? AND split = 'test'", TASK["task"], name
    )
    assert found == pytest.approx(stored["draws"][0], abs=1e-9)
    means = np.mean(stored["draws"], axis=0)
    assert [stored[column] for column in ("label", "attribute", "worst")] == pytest.approx(means.tolist())


def test_the_test_texts_hold_equal_numbers_of_the_four_groups():
    groups = [2 * text["label"] + text["attribute"] for text in texts()]
    assert len(set(np.bincount(groups, minlength=4))) == 1


def test_accuracies_of_the_original_probes():
    """The stored probes on each test text's mean over tokens. An accuracy is a count: equal or wrong."""
    check("original", _accuracies({}))


def test_what_mean_ablation_sets_a_feature_to():
    """The mean over the ambiguous texts of a text's mean activation; one feature of each site."""
    stored = world.rows(
        "SELECT DISTINCT ON (site) * FROM classifier_feature WHERE task = ? ORDER BY site, rank", TASK["task"]
    )
    ambiguous = world.rows(
        "SELECT tokens FROM classifier_text WHERE task = ? AND split = 'ambiguous'", TASK["task"]
    )
    sums, tokens = dict.fromkeys((row["site"] for row in stored), 0.0), [row["tokens"] for row in ambiguous]
    with torch.no_grad():
        for _, together in by_length(tokens):
            x = values(world.model(), together, list(sums))
            for row in stored:
                f = world.dictionaries()[row["site"]].encode(x[row["site"]])[..., row["feature"]]
                sums[row["site"]] += float(f.double().mean(1).sum())
    found = {site: total / len(tokens) for site, total in sums.items()}
    assert found == {row["site"]: pytest.approx(row["mean"], rel=1e-4) for row in stored}


def test_accuracies_after_removing_the_spurious_features():
    """x' = x + Σ_j (μ_j − f_j) W_dec[j] at each site with a spurious feature, the error kept.

    μ is 0 or, in mean ablation, the stored mean.
    """
    to_mean = world.recorded("classifier", "ablation", "zero") == "mean"
    removed: dict[str, dict[int, float]] = defaultdict(dict)
    for row in spurious():
        removed[row["site"]][row["feature"]] = row["mean"] if to_mean else 0.0
    check("shift", _accuracies(removed))

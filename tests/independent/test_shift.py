"""Stored accuracies before and after removing the spurious features come out again (SHIFT: the paper, §4)."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest
import torch

from tests.independent import world
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
        "SELECT site, feature FROM classifier_feature WHERE task = ? AND spurious_truth ORDER BY rank",
        TASK["task"],
    )


def _accuracies(removed: dict[str, dict[int, float]]) -> dict:
    tokens = [text["tokens"] for text in texts()]
    of_texts = pooled(world.model(), world.dictionaries(), tokens, TASK["site"], removed)
    logit = of_texts @ torch.tensor(TASK["probe_weight"]) + TASK["probe_bias"]
    return accuracies(
        logit.numpy(),
        np.array([text["label"] for text in texts()]),
        np.array([text["attribute"] for text in texts()]),
    )


def check(name: str, n_ablated: int, found: dict) -> None:
    (stored,) = world.rows("SELECT * FROM shift_run WHERE task = ? AND name = ?", TASK["task"], name)
    assert (stored["n_ablated"] or 0) == n_ablated
    assert found == {key: pytest.approx(stored[key], abs=1e-9) for key in found}


def test_the_test_texts_hold_equal_numbers_of_the_four_groups():
    groups = [2 * text["label"] + text["attribute"] for text in texts()]
    assert len(set(np.bincount(groups, minlength=4))) == 1


def test_accuracies_of_the_original_probe():
    """The stored probe on each test text's mean over tokens. An accuracy is a count: it is equal or wrong."""
    check("original", 0, _accuracies({}))


def test_accuracies_after_removing_the_spurious_features():
    """x' = x − Σ_j f_j W_dec[j] at each site with a spurious feature: the error kept, the probe as it was."""
    assert world.recorded("classifier", "ablation", "zero") == "zero"
    removed: dict[str, dict[int, float]] = defaultdict(dict)
    for row in spurious():
        removed[row["site"]][row["feature"]] = 0.0
    check("shift", len(spurious()), _accuracies(removed))

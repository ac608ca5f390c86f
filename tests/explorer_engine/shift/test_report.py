"""Accuracies, intervals and flips from predictions, worked out by hand and by plain resampling."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer_engine.errors import InputError
from explorer_engine.shift import TextSet, flips, report_of, train_probe

LABEL = [0, 0, 0, 0, 1, 1, 1, 1]
ATTRIBUTE = [0, 0, 1, 1, 0, 0, 1, 1]


def by_hand() -> TextSet:
    return TextSet.of([[1]] * 8, LABEL, ATTRIBUTE)


def test_accuracies_of_eight_texts() -> None:
    # right: both (0,0), none of (0,1), one of (1,0), both (1,1)
    found = report_of(torch.tensor([-1.0, -2, 3, 1, 2, -1, 4, 5]), by_hand(), n_ablated=3)
    assert [share.value for share in found.accuracies.groups] == [1, 0, 0.5, 1]
    assert found.accuracies.label.value == 5 / 8
    assert found.accuracies.worst.value == 0
    # predicted 1 for texts 2, 3, 4, 6, 7 and 0 for 0, 1, 5: equal to the attribute in all but text 4
    assert found.accuracies.attribute.value == 7 / 8
    assert found.n_ablated == 3
    assert found.p[0] == pytest.approx(1 / (1 + np.e))


def test_intervals_are_those_of_resampling_texts() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(4), 100)
    right = rng.random(400) < np.array([0.95, 0.6, 0.7, 0.9])[group]
    texts = TextSet.of([[1]] * 400, (group // 2).tolist(), (group % 2).tolist())
    logits = torch.tensor(np.where(right == (group // 2 == 1), 1.0, -1.0))
    found = report_of(logits, texts)
    drawn = [right[group == g][rng.integers(0, 100, (4000, 100))].mean(1) for g in range(4)]
    expected = {
        "label": np.mean(drawn, 0),
        "attribute": np.mean([drawn[0], 1 - drawn[1], 1 - drawn[2], drawn[3]], 0),
        "worst": np.min(drawn, 0),
    }
    for name, values in expected.items():
        share = getattr(found.accuracies, name)
        assert (share.low, share.high) == pytest.approx(np.percentile(values, (2.5, 97.5)), abs=0.015)
        assert share.low <= share.value <= share.high
    assert report_of(logits, texts).accuracies == found.accuracies, "the same every time"


def test_flips_are_sorted_by_change_and_say_the_truth() -> None:
    before = report_of(torch.tensor([-1.0, -2, 3, 1, 2, -1, 4, 5]), by_hand())
    after = report_of(torch.tensor([-1.0, -2, -3, 1, -0.5, 1, 4, 5]), by_hand())
    found = flips(before, after, by_hand())
    assert [flip.text for flip in found] == [2, 4, 5]
    assert [flip.became_right for flip in found] == [True, False, True]
    assert (found[0].label, found[0].attribute) == (0, 1)
    assert found[0].before == pytest.approx(1 - 1 / (1 + np.exp(-3)))


def test_several_classifiers_are_averaged_and_their_spread_is_in_the_interval() -> None:
    one, other = torch.tensor([-1.0, -2, 3, 1, 2, -1, 4, 5]), torch.tensor([-1.0, -2, -3, 1, -0.5, 1, 4, 5])
    a, b = (report_of(logits, by_hand()).accuracies for logits in (one, other))
    both = report_of(torch.stack([one, other]), by_hand())
    assert both.accuracies.label.value == (a.label.value + b.label.value) / 2
    assert both.accuracies.worst.value == (a.worst.value + b.worst.value) / 2
    assert both.accuracies.groups[1].value == (a.groups[1].value + b.groups[1].value) / 2
    assert torch.equal(both.p, report_of(one, by_hand()).p), "predictions are the first one's"

    texts = TextSet.of([[1]] * 400, [0] * 200 + [1] * 200, ([0] * 100 + [1] * 100) * 2)
    right = torch.where(texts.label == 1, 1.0, -1.0)
    mixed = report_of(torch.stack([right, -right]), texts).accuracies.label
    assert (mixed.value, mixed.low, mixed.high) == (0.5, 0, 1), "one is always right and one never"


def test_a_probe_finds_a_direction_and_is_the_same_every_time() -> None:
    torch.manual_seed(0)
    pooled = torch.randn(1000, 20)
    direction = torch.randn(20)
    label = (pooled @ direction > 0).long()
    probe = train_probe(pooled, label, seed=3, epochs=20)
    assert ((probe(pooled) > 0).long() == label).float().mean() > 0.9
    again = train_probe(pooled, label, seed=3, epochs=20)
    assert torch.equal(probe.weight, again.weight) and probe.bias == again.bias
    assert not torch.equal(probe.weight, train_probe(pooled, label, seed=4, epochs=20).weight)


def test_impossible_texts_are_refused() -> None:
    with pytest.raises(InputError, match="there are none"):
        TextSet.of([], [], [])
    with pytest.raises(InputError, match="number 1 has no tokens"):
        TextSet.of([[1], []], [0, 1], [0, 1])
    with pytest.raises(InputError, match="2 texts, 1 labels, 2 attributes"):
        TextSet.of([[1], [2]], [0], [0, 1])
    with pytest.raises(InputError, match="label is neither 0 nor 1"):
        TextSet.of([[1], [2]], [0, 2], [0, 1])
    with pytest.raises(InputError, match="all training texts have the same label"):
        train_probe(torch.randn(4, 3), torch.ones(4, dtype=torch.long))

"""What is kept while data stream by equals what all data at once give, however they are cut."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.dashboards.running import Best, RunningHistogram

F, N = 5, 4000


def data() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    feature = torch.randint(F - 1, (N,), generator=generator)  # the last feature never occurs
    return feature, torch.rand(N, generator=generator).pow(4) * 10 ** feature.float() + 1e-3


@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_best_keeps_the_largest_with_what_belongs_to_them(pieces: int) -> None:
    feature, key = data()
    best = Best(F, 6, window=2)
    for part in torch.arange(N).chunk(pieces):
        kept = part[best.wanted(feature[part], key[part])]
        best.offer(
            feature[kept],
            key[kept],
            key[kept] * 2,
            kept,
            lambda i, kept=kept: torch.stack([kept[i], -kept[i]], 1) / 16,
        )
    for j in range(F - 1):
        own = (feature == j).nonzero().squeeze(1)
        expected = own[key[own].argsort(descending=True)[:6]]
        assert best.place[j].tolist() == expected.tolist()
        assert torch.equal(best.key[j], key[expected]) and torch.equal(best.value[j], 2 * key[expected])
        assert torch.equal(
            best.strip[j, :, 0].float() * 16, expected.half().float().div(16).half().float() * 16
        )
    assert best.place[F - 1].tolist() == [-1] * 6


@pytest.mark.parametrize("pieces", [1, 3, 200])
def test_histogram_does_not_depend_on_the_order(pieces: int) -> None:
    feature, value = data()
    running, whole = RunningHistogram(F), RunningHistogram(F)
    whole.add(feature, value)
    for part in torch.arange(N).flip(0).chunk(pieces):
        running.add(feature[part], value[part])
    assert torch.equal(running.count, whole.count) and torch.equal(running.scale, whole.scale)
    for j in range(F - 1):
        assert running.maximum[j] == value[feature == j].max()
    assert running.maximum[F - 1] == 0 and running.count[F - 1].sum() == 0


def test_bins_cover_up_to_the_maximum_and_keep_the_sum() -> None:
    feature, value = data()
    histogram = RunningHistogram(F, fine=1024)
    histogram.add(feature, value)
    binned = histogram.binned(8)
    for j in range(F - 1):
        own = value[feature == j]
        exact = torch.histc(own, 8, 0, float(own.max()))
        assert binned[j].sum() == len(own)
        assert (binned[j] - exact).abs().max() <= 0.02 * len(own)
    assert binned[F - 1].tolist() == [0] * 8


def test_quantiles_are_right_to_a_fine_bin() -> None:
    feature, value = data()
    histogram = RunningHistogram(F)
    histogram.add(feature, value)
    found = histogram.quantiles((0.75, 0.25))
    for j in range(F - 1):
        own = value[feature == j]
        for column, share in enumerate((0.75, 0.25)):
            assert found[j, column] == pytest.approx(
                float(own.quantile(share)), abs=float(histogram.scale[j]) / 128
            )

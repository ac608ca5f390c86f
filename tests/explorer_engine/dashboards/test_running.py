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
        strips = torch.stack([part, -part], 1) / 16
        best.offer(feature[part], key[part], key[part] * 2, part, strips)
    found = best.sorted(best.key)
    for j in range(F - 1):
        own = (feature == j).nonzero().squeeze(1)
        expected = own[key[own].argsort(descending=True)[:6]]
        assert found.place[j].tolist() == expected.tolist()
        assert found.value[j].tolist() == (2 * key[expected]).tolist()
        assert found.strip[j, :, 1].tolist() == (-expected / 16).half().tolist()
    assert found.place[F - 1].tolist() == [-1] * 6


@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_of_equal_keys_the_first_stay(pieces: int) -> None:
    feature, key = data()
    key = (key * 3).round()  # few values
    best = Best(F, 40, window=1)
    for part in torch.arange(N).chunk(pieces):
        best.offer(feature[part], key[part], key[part], part, key[part].unsqueeze(1))
    found = best.sorted(best.key)
    for j in range(F - 1):
        own = (feature == j).nonzero().squeeze(1)
        expected = own[key[own].argsort(descending=True, stable=True)[:40]]
        assert found.place[j].tolist() == expected.tolist()


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

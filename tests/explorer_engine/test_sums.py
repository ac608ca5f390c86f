"""Many small numbers add up to what they are, whatever type they come in."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.sums import precise

N = 20_000


def test_a_bfloat16_sum_does_not_stall() -> None:
    values = torch.rand(N, generator=torch.Generator().manual_seed(0), dtype=torch.float64).bfloat16()
    total, careless = precise(values.new_zeros(())), values.new_zeros(())
    for value in values:
        total += value
        careless += value
    exact = float(values.double().sum())
    assert float(total) == pytest.approx(exact, rel=1e-4)
    assert float(careless) < 0.1 * exact


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wider_types_stay_as_they_are(dtype: torch.dtype) -> None:
    values = torch.randn(5, dtype=dtype)
    assert precise(values) is values

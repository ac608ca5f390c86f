"""Whether all numbers are finite is found wherever they stand, without a copy of them all."""

from __future__ import annotations

import math

import pytest
import torch
from torch.profiler import profile

from explorer_engine.finite import all_finite


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (5000, 2), (2500, 2, 2)])
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_one_wrong_number_is_found(shape: tuple[int, ...], wrong: float) -> None:
    values = torch.ones(shape)
    assert all_finite(values)
    values.view(-1)[-1] = wrong
    assert not all_finite(values)


def test_large_weights_are_not_copied() -> None:
    values = torch.ones(200_000, 8)
    with profile(profile_memory=True) as seen:
        assert all_finite(values)
    taken = max(event.cpu_memory_usage for event in seen.events())
    assert 0 < taken < values.nbytes / 10

"""A few seeded cases of the fuzzer for every change; `python -m tests.fuzz` tries thousands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fuzz.seeds import write_seeds
from tests.fuzz.trying import alone, try_one

CASES, LIMIT = 40, 15.0
ENOUGH = 8.0
"""Seconds: on a slow machine fewer cases are tried."""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="pipes and sockets as Linux has them")
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_given_ends_in_a_result_or_in_one_line(tmp_path: Path) -> None:
    wrong, tried = [], 0
    with alone():
        write_seeds(tmp_path / "seeds", work=False)
        started = time.monotonic()
        for seed in range(CASES):
            found = try_one(tmp_path / "seeds", tmp_path / "case", seed, LIMIT, work=False)
            wrong += [f"seed {seed}: {found.case.arguments}: {found.wrong}"] if found.wrong else []
            tried += 1
            if time.monotonic() - started > ENOUGH:
                break
    assert tried and not wrong, "\n".join(wrong)

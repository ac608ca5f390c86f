"""The stages serve any world: nothing of them stands on the demo or speaks of what it planted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PRECOMPUTE = Path(__file__).parents[3] / "precompute"
GENERIC = [
    *(file for room in ("stages", "engine", "world", "commands") for file in PRECOMPUTE.glob(f"{room}/*.py")),
    PRECOMPUTE / "source.py",
]


@pytest.mark.parametrize("file", GENERIC, ids=lambda file: file.name)
def test_a_stage_knows_nothing_of_the_demo(file):
    found = re.findall(r"precompute\.demo|profession|gender|biograph", file.read_text("utf-8"), re.I)
    assert not found
